"""Object files: sections, symbols and relocations of ELF, Mach-O and COFF, alone or in archives."""
