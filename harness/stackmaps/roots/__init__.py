"""Compares a stack map with what a program captured when it ran."""
