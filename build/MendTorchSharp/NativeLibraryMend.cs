using System;

namespace SnnMl.Build
{
    /// <summary>
    /// Makes TorchSharp's native library load on systems whose libstdc++ is older than GCC 13's (Debian 12, Ubuntu 22.04).
    /// </summary>
    /// <remarks>
    /// TorchSharp 0.107.0's libLibTorchSharp.so asks for GLIBCXX_3.4.32 because of a single symbol, <c>std::ios_base_library_init()</c>:
    /// a marker by which newer headers make sure that the library initializes cin and cout. An older libstdc++ does that from within each
    /// object file instead and neither has nor needs the symbol. So the version becomes optional (VER_FLG_WEAK), and the reference is
    /// renamed to a function that every libc has and that is never called. On newer systems the changed file works as before.
    /// </remarks>
    public static class NativeLibraryMend
    {
        private const string Version = "GLIBCXX_3.4.32";
        private const string Symbol = "_ZSt21ios_base_library_initv";
        private const string Replacement = "sched_yield";
        private const int Weak = 2;     // VER_FLG_WEAK
        private const int Global = 1;   // VER_NDX_GLOBAL: any version will do

        /// <summary>
        /// Changes <paramref name="library"/> (a whole file) in place. Applying it twice changes nothing more.
        /// </summary>
        /// <returns>True if something was changed; false if the file does not have the problem (any more).</returns>
        /// <exception cref="InvalidOperationException">The file asks for that version in a way other than the one known.</exception>
        public static bool Apply(byte[] library)
        {
            if (library is null)
                throw new ArgumentNullException(nameof(library));
            var elf = new ElfImage(library);
            ElfImage.NeededVersion? needed = elf.FindNeededVersion(Version);
            if (needed is null)
                return false;

            int found = -1;
            for (int symbol = 0; symbol < elf.SymbolCount; symbol++)
            {
                if (elf.Version(symbol) != needed.Value.Index)
                    continue;
                string name = elf.Name(symbol);
                if (name != Symbol || found >= 0)
                    throw new InvalidOperationException($"it needs {name} of {Version}; only {Symbol} is known to be dispensable");
                found = symbol;
            }
            int flags = elf.UInt16(needed.Value.FlagsOffset);
            if (found < 0)
            {
                if ((flags & Weak) != 0)
                    return false;
                throw new InvalidOperationException($"it needs {Version} but no symbol of it");
            }

            elf.SetUInt16(needed.Value.FlagsOffset, flags | Weak);
            elf.SetText(elf.NameOffset(found), Replacement, Symbol.Length);
            elf.SetUInt16(elf.VersionOffset(found), Global);
            return true;
        }
    }
}
