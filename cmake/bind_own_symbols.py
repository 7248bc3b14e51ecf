#!/usr/bin/env python3
"""Binds a shared library's references to its own symbols, as if it had been linked with -Bsymbolic.

Usage: bind_own_symbols.py LIBRARY OUTPUT

Debian's libnode has 56,000 references to symbols that it defines itself. The dynamic linker looks each of them up by name at
every start of a process: 16 ms, and the pages of 7 MB of names. Here each becomes a relative relocation, which is an addition.
What the library takes from others stays as it is. See docs/adr/0009-libnode-bound-to-itself.md.

Not bound: symbols that must be one in the whole process (STB_GNU_UNIQUE: variables of inline functions and templates), thread
local ones, and indirect functions.
"""

import os
import struct
import sys

R_64, R_GLOB_DAT, R_JUMP_SLOT, R_RELATIVE = 1, 6, 7, 8
DT_PLTRELSZ, DT_SYMTAB, DT_RELA, DT_RELASZ, DT_JMPREL, DT_RELACOUNT = 2, 6, 7, 8, 23, 0x6FFFFFF9
DT_FLAGS, DF_BIND_NOW, DT_FLAGS_1, DF_1_NOW = 30, 8, 0x6FFFFFFB, 1
PT_LOAD, PT_DYNAMIC, SHT_RELA = 1, 2, 4
STB_GLOBAL, STB_WEAK, STT_OBJECT, STT_FUNC = 1, 2, 1, 2
SHN_UNDEF, SHN_LORESERVE = 0, 0xFF00

RELA = struct.Struct("<QQq")  # offset, symbol << 32 | type, addend
SYM = struct.Struct("<IBBHQQ")  # name, info, other, section, value, size
DYN = struct.Struct("<qQ")  # tag, value
PHDR = struct.Struct("<IIQQQQQQ")  # type, flags, offset, vaddr, paddr, filesz, memsz, align
SHDR = struct.Struct("<IIQQQQIIQQ")  # name, type, flags, addr, offset, size, link, info, addralign, entsize


class Library:
    """An ELF file for x86-64, in memory."""

    def __init__(self, data):
        self.data = bytearray(data)
        if self.data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<HH", self.data, 16) != (3, 62):
            raise ValueError("not a shared library for x86-64")
        phoff, self.shoff = struct.unpack_from("<QQ", self.data, 32)
        _, phnum, _, self.shnum = struct.unpack_from("<HHHH", self.data, 54)
        segments = [PHDR.unpack_from(self.data, phoff + i * PHDR.size) for i in range(phnum)]
        self.loads = [(s[3], s[2], s[5]) for s in segments if s[0] == PT_LOAD]
        dynamic = next((s for s in segments if s[0] == PT_DYNAMIC), None)
        if dynamic is None:
            raise ValueError("has no dynamic section")
        self.where = {}  # tag -> offset of its value in the file
        for at in range(dynamic[2], dynamic[2] + dynamic[5], DYN.size):
            self.where[DYN.unpack_from(self.data, at)[0]] = at + 8
        missing = [t for t in (DT_SYMTAB, DT_RELA, DT_RELASZ, DT_JMPREL, DT_PLTRELSZ, DT_RELACOUNT) if t not in self.where]
        if missing:
            raise ValueError(f"has no dynamic tags {missing}")
        # The entries of a procedure table that is bound lazily say where their relocation is, which is elsewhere afterwards.
        if not (self.get(DT_FLAGS, 0) & DF_BIND_NOW or self.get(DT_FLAGS_1, 0) & DF_1_NOW):
            raise ValueError("is bound lazily: not linked with -z now")

    def offset(self, address):
        """Where in the file is what will be at `address`?"""
        for vaddr, offset, size in self.loads:
            if vaddr <= address < vaddr + size:
                return address - vaddr + offset
        raise ValueError(f"address {address:#x} is in no segment of the file")

    def get(self, tag, default=None):
        if tag not in self.where and default is not None:
            return default
        return struct.unpack_from("<Q", self.data, self.where[tag])[0]

    def set(self, tag, value):
        struct.pack_into("<Q", self.data, self.where[tag], value)

    def symbol_value(self, index):
        """The address of a symbol that may be bound, or None."""
        _, info, _, section, value, _ = SYM.unpack_from(self.data, self.offset(self.get(DT_SYMTAB)) + index * SYM.size)
        defined = SHN_UNDEF < section < SHN_LORESERVE
        if defined and info >> 4 in (STB_GLOBAL, STB_WEAK) and info & 15 in (STT_OBJECT, STT_FUNC):
            return value
        return None

    def relocations(self):
        """All of them: (offset, symbol, type, addend). The two tables must follow each other, so that they can be sorted anew."""
        start, size = self.get(DT_RELA), self.get(DT_RELASZ)
        if self.get(DT_JMPREL) != start + size:
            raise ValueError("has its two tables of relocations at different places")
        at = self.offset(start)
        table = self.data[at : at + size + self.get(DT_PLTRELSZ)]
        return [(offset, info >> 32, info & 0xFFFFFFFF, addend) for offset, info, addend in RELA.iter_unpack(table)]

    def write_relocations(self, entries):
        """Relative ones first, which the dynamic linker wants, then those by name, then those of the procedure table."""
        relative = [e for e in entries if e[2] == R_RELATIVE]
        named = [e for e in entries if e[2] not in (R_RELATIVE, R_JUMP_SLOT)]
        jumps = [e for e in entries if e[2] == R_JUMP_SLOT]
        relative.sort()
        start = self.get(DT_RELA)
        at = self.offset(start)
        for offset, symbol, kind, addend in relative + named + jumps:
            RELA.pack_into(self.data, at, offset, symbol << 32 | kind, addend)
            at += RELA.size
        size, jumps_size = (len(relative) + len(named)) * RELA.size, len(jumps) * RELA.size
        self.set(DT_RELASZ, size)
        self.set(DT_RELACOUNT, len(relative))
        self.set(DT_JMPREL, start + size)
        self.set(DT_PLTRELSZ, jumps_size)
        self.write_sections(start, size, jumps_size)

    def write_sections(self, start, size, jumps_size):
        """The section headers say the same, for readelf and debuggers; the dynamic linker does not read them."""
        boundary = {False: (start, size), True: (start + size, jumps_size)}
        for at in range(self.shoff, self.shoff + self.shnum * SHDR.size, SHDR.size):
            section = list(SHDR.unpack_from(self.data, at))
            if section[1] == SHT_RELA:
                section[3], section[5] = boundary[section[3] != start]
                section[4] = self.offset(section[3])
                SHDR.pack_into(self.data, at, *section)


def bind(library):
    """Returns how many references were bound, and how many remain by name."""
    bound, entries = 0, []
    for offset, symbol, kind, addend in library.relocations():
        value = library.symbol_value(symbol) if kind in (R_64, R_GLOB_DAT, R_JUMP_SLOT) else None
        if value is None:
            entries.append((offset, symbol, kind, addend))
        else:
            entries.append((offset, 0, R_RELATIVE, value + (addend if kind == R_64 else 0)))
            bound += 1
    library.write_relocations(entries)
    return bound, sum(1 for e in entries if e[2] != R_RELATIVE)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: bind_own_symbols.py LIBRARY OUTPUT")
    source, output = sys.argv[1:]
    try:
        with open(source, "rb") as file:
            library = Library(file.read())
        bound, remain = bind(library)
    except (OSError, ValueError, struct.error) as error:
        sys.exit(f"bind_own_symbols.py: {source}: {error}")
    # Whoever has the old file mapped keeps it.
    temporary = f"{output}.{os.getpid()}"
    with open(temporary, "wb") as file:
        file.write(library.data)
    os.chmod(temporary, 0o644)
    os.replace(temporary, output)
    print(f"{output}: {bound} references bound, {remain} by name")


if __name__ == "__main__":
    main()
