# Builds what `make demo` and `make test` build.
#   docker build -t ecgpage .
#   docker run --rm -v "$PWD:/pages" ecgpage browse /pages --out /pages/contact.html
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m venv /opt/ecgpage && /opt/ecgpage/bin/pip install --no-cache-dir '.[all]'

FROM python:3.12-slim
RUN useradd --create-home reader
COPY --from=build /opt/ecgpage /opt/ecgpage
ENV PATH=/opt/ecgpage/bin:$PATH KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3
USER reader
WORKDIR /home/reader
ENTRYPOINT ["ecgpage"]
CMD ["--help"]
