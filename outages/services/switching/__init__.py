"""Writing, rehearsing, approving and carrying out switching orders, and the safety documents that hang on them."""
