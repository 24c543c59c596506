from ecgpage.cli import main

main()
