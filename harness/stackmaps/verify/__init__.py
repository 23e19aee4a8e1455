"""What must hold of a stack map: the format, registers and slots, the code at every record."""
