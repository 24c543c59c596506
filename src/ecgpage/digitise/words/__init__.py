"""What is printed: lead names, speed and gain, read by small networks."""
