using System;
using System.Text;

namespace SnnMl.Build
{
    /// <summary>
    /// The parts of a 64-bit little-endian ELF shared library that say which versions of which symbols it asks others for.
    /// Layout: System V ABI (section headers, dynamic symbols) and the LSB's symbol versioning (.gnu.version, .gnu.version_r).
    /// Every read is checked against the file's length: an <see cref="InvalidOperationException"/> says what does not fit.
    /// </summary>
    internal sealed class ElfImage
    {
        private const int SectionHeaderSize = 64;
        private const int SymbolSize = 24;
        private const uint DynamicSymbols = 11;         // SHT_DYNSYM
        private const uint VersionNeeds = 0x6ffffffe;   // SHT_GNU_verneed
        private const uint VersionOfSymbol = 0x6fffffff; // SHT_GNU_versym

        private readonly byte[] _bytes;
        private readonly Section _symbols;
        private readonly Section _strings;
        private readonly Section _needs;
        private readonly Section _versions;

        public ElfImage(byte[] bytes)
        {
            _bytes = bytes;
            bool isElf64 = bytes.Length > SectionHeaderSize && bytes[0] == 0x7f && bytes[1] == 'E' && bytes[2] == 'L' && bytes[3] == 'F'
                && bytes[4] == 2 && bytes[5] == 1;
            if (!isElf64)
                throw new InvalidOperationException("it is not a 64-bit little-endian ELF file");

            long table = (long)UInt64(0x28);
            int size = UInt16(0x3a), count = UInt16(0x3c);
            if (size != SectionHeaderSize)
                throw new InvalidOperationException($"its section headers have {size} bytes instead of {SectionHeaderSize}");

            _symbols = Find(DynamicSymbols, ".dynsym");
            _needs = Find(VersionNeeds, ".gnu.version_r");
            _versions = Find(VersionOfSymbol, ".gnu.version");
            if (_symbols.Link >= count)
                throw new InvalidOperationException("its .dynsym names no string table");
            _strings = At((int)_symbols.Link);

            Section At(int index)
            {
                long at = table + (long)index * size;
                return new Section((long)UInt64(at + 0x18), (long)UInt64(at + 0x20), UInt32(at + 4), UInt32(at + 0x28));
            }

            Section Find(uint type, string name)
            {
                for (int i = 0; i < count; i++)
                {
                    Section section = At(i);
                    if (section.Type == type)
                        return section;
                }
                throw new InvalidOperationException($"it has no {name} section");
            }
        }

        public int SymbolCount => (int)(_symbols.Size / SymbolSize);

        /// <summary>The place of the needed version called <paramref name="name"/>, or null: its flags' offset and its index.</summary>
        public NeededVersion? FindNeededVersion(string name)
        {
            long at = _needs.Offset;
            while (true)
            {
                int count = UInt16(at + 2);
                long entry = at + UInt32(at + 8);
                for (int i = 0; i < count; i++)
                {
                    if (Text(UInt32(entry + 8)) == name)
                        return new NeededVersion(entry + 4, UInt16(entry + 6));
                    entry += UInt32(entry + 12);
                }
                uint next = UInt32(at + 12);
                if (next == 0)
                    return null;
                at += next;
            }
        }

        public long NameOffset(int symbol) => _strings.Offset + UInt32(_symbols.Offset + (long)symbol * SymbolSize);

        public string Name(int symbol) => Text(UInt32(_symbols.Offset + (long)symbol * SymbolSize));

        public long VersionOffset(int symbol) => _versions.Offset + 2L * symbol;

        public int Version(int symbol) => UInt16(VersionOffset(symbol));

        public int UInt16(long at) => Check(at, 2)[at] | _bytes[at + 1] << 8;

        public void SetUInt16(long at, int value)
        {
            Check(at, 2)[at] = (byte)value;
            _bytes[at + 1] = (byte)(value >> 8);
        }

        public void SetText(long at, string text, int length)
        {
            Check(at, length);
            for (int i = 0; i < length; i++)
                _bytes[at + i] = i < text.Length ? (byte)text[i] : (byte)0;
        }

        private uint UInt32(long at) => (uint)UInt16(at) | (uint)UInt16(at + 2) << 16;

        private ulong UInt64(long at) => UInt32(at) | (ulong)UInt32(at + 4) << 32;

        private string Text(uint offset)
        {
            if (offset >= _strings.Size)
                throw new InvalidOperationException("a name lies outside its string table");
            long start = _strings.Offset + offset, end = start;
            while (Check(end, 1)[end] != 0)
                end++;
            return Encoding.ASCII.GetString(_bytes, (int)start, (int)(end - start));
        }

        private byte[] Check(long at, int length) => at >= 0 && at <= _bytes.Length - length
            ? _bytes
            : throw new InvalidOperationException($"it is cut off: byte {at} is asked for, it has {_bytes.Length}");

        private readonly struct Section
        {
            public Section(long offset, long size, uint type, uint link)
            {
                Offset = offset;
                Size = size;
                Type = type;
                Link = link;
            }

            public long Offset { get; }
            public long Size { get; }
            public uint Type { get; }
            public uint Link { get; }
        }

        /// <summary>One entry of .gnu.version_r: where its flags stand, and the index by which symbols name it.</summary>
        public readonly struct NeededVersion
        {
            public NeededVersion(long flagsOffset, int index)
            {
                FlagsOffset = flagsOffset;
                Index = index;
            }

            public long FlagsOffset { get; }
            public int Index { get; }
        }
    }
}
