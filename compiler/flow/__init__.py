"""What steers members, seen as a graph: steps laid out flat, circles, campaigns that start each other."""
