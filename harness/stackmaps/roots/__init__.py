"""What a stack map says, held against a program that ran and wrote down what it had."""
