using System.Text;
using SnnMl.Build;

namespace Microsoft.ML.Snn.Tests.Build;

public class NativeLibraryMendTests
{
    private static readonly string _mended = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    [Fact]
    public void Renames_the_symbol_and_makes_its_version_optional()
    {
        byte[] library = TinyLibrary();
        Assert.True(NativeLibraryMend.Apply(library));
        string text = Encoding.ASCII.GetString(library);
        Assert.Contains("sched_yield\0", text);
        Assert.DoesNotContain("ios_base_library_init", text);
        Assert.Equal(2, BitConverter.ToUInt16(library, NeedsOffset + 16 + 4));      // VER_FLG_WEAK
        Assert.Equal(1, BitConverter.ToUInt16(library, VersionsOffset + 2));        // VER_NDX_GLOBAL
    }

    [Fact]
    public void Changes_nothing_the_second_time()
    {
        byte[] library = TinyLibrary();
        NativeLibraryMend.Apply(library);
        byte[] once = (byte[])library.Clone();
        Assert.False(NativeLibraryMend.Apply(library));
        Assert.Equal(once, library);
    }

    [Fact]
    public void Leaves_a_library_without_the_problem_alone()
    {
        byte[] library = TinyLibrary(version: "GLIBCXX_3.4.30");
        byte[] before = (byte[])library.Clone();
        Assert.False(NativeLibraryMend.Apply(library));
        Assert.Equal(before, library);
    }

    [Fact]
    public void Refuses_a_library_that_needs_another_symbol_of_that_version()
    {
        var e = Assert.Throws<InvalidOperationException>(() => NativeLibraryMend.Apply(TinyLibrary(symbol: "_ZSt21something_needed_truly")));
        Assert.Contains("_ZSt21something_needed_truly", e.Message);
    }

    [Fact]
    public void Refuses_what_is_not_a_64_bit_ELF_file() =>
        Assert.Throws<InvalidOperationException>(() => NativeLibraryMend.Apply(Encoding.ASCII.GetBytes(new string('x', 500))));

    [Fact]
    public void A_cut_off_file_is_refused_at_every_length()
    {
        byte[] library = TinyLibrary();
        // Of the last section's header only the first 44 bytes are asked for.
        for (int length = 0; length < library.Length - 64 + 44; length++)
            Assert.Throws<InvalidOperationException>(() => NativeLibraryMend.Apply(library[..length]));
    }

    [Fact]
    public void This_very_build_got_a_mended_copy_of_TorchSharps_library()
    {
        if (!File.Exists(_mended))
            Assert.Skip("TorchSharp's library for Linux is not part of this build.");
        Assert.False(NativeLibraryMend.Apply(File.ReadAllBytes(_mended)));
    }

    private const int StringsOffset = 64, VersionsOffset = 256, NeedsOffset = 320, SymbolsOffset = 192, SectionsOffset = 384;

    /// <summary>The smallest library that asks for one symbol of one version: five sections, two symbols.</summary>
    private static byte[] TinyLibrary(string version = "GLIBCXX_3.4.32", string symbol = "_ZSt21ios_base_library_initv")
    {
        byte[] file = new byte[SectionsOffset + 5 * 64];
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1 }.CopyTo(file, 0);
        BitConverter.TryWriteBytes(file.AsSpan(0x28), (long)SectionsOffset);
        BitConverter.TryWriteBytes(file.AsSpan(0x3a), (ushort)64);
        BitConverter.TryWriteBytes(file.AsSpan(0x3c), (ushort)5);

        Encoding.ASCII.GetBytes($"\0{symbol}\0{version}\0").CopyTo(file, StringsOffset);
        BitConverter.TryWriteBytes(file.AsSpan(SymbolsOffset + 24), 1);                             // symbol 1's name
        BitConverter.TryWriteBytes(file.AsSpan(VersionsOffset + 2), (ushort)7);                     // symbol 1's version
        BitConverter.TryWriteBytes(file.AsSpan(NeedsOffset + 2), (ushort)1);                        // one version of one file
        BitConverter.TryWriteBytes(file.AsSpan(NeedsOffset + 8), 16);
        BitConverter.TryWriteBytes(file.AsSpan(NeedsOffset + 16 + 6), (ushort)7);
        BitConverter.TryWriteBytes(file.AsSpan(NeedsOffset + 16 + 8), symbol.Length + 2);

        Section(1, type: 3, StringsOffset, 128, link: 0);
        Section(2, type: 11, SymbolsOffset, 48, link: 1);
        Section(3, type: 0x6fffffff, VersionsOffset, 4, link: 2);
        Section(4, type: 0x6ffffffe, NeedsOffset, 32, link: 1);
        return file;

        void Section(int index, uint type, long offset, long size, int link)
        {
            Span<byte> header = file.AsSpan(SectionsOffset + index * 64, 64);
            BitConverter.TryWriteBytes(header[4..], type);
            BitConverter.TryWriteBytes(header[0x18..], offset);
            BitConverter.TryWriteBytes(header[0x20..], size);
            BitConverter.TryWriteBytes(header[0x28..], link);
        }
    }
}
