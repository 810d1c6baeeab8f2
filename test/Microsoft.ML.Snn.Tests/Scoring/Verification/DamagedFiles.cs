using System.IO.Compression;
using System.Text;
using Microsoft.ML.Snn.Tests.Conformance;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Scoring.Verification;

/// <summary>
/// <c>Model.Verify</c>: whatever has become of a file, it is refused, or what it loads to gives the same scores and names. Whole files of
/// models that the tests have saved themselves.
/// </summary>
public class DamagedFiles
{
    // A prime, so that every bit of a byte and every byte of a field has its turn.
    private const int BitStep = 97, CutStep = 61;

    private static readonly SavedChain _chain = new();

    [Fact]
    public void A_file_as_it_was_saved_is_all_right_and_the_stream_is_left_alone()
    {
        Assert.False(_chain.IsRefused(_chain.Zip));
        using var stream = new MemoryStream(_chain.Zip) { Position = 5 };
        new MLContext().Model.Verify(stream);
        Assert.Equal(5, stream.Position);
    }

    [Slow]
    [Fact]
    public void A_flipped_bit_is_found_or_changes_nothing()
    {
        int harmless = 0;
        for (int bit = 0; bit < 8 * _chain.Zip.Length; bit += BitStep)
        {
            byte[] zip = Flipped(_chain.Zip, bit);
            if (!_chain.IsRefused(zip))
                harmless++;
        }
        // Times, versions and attributes of the entries.
        Assert.InRange(harmless, 0, 8 * _chain.Zip.Length / BitStep / 50);
    }

    [Slow]
    [Fact]
    public void A_flipped_bit_of_a_network_in_a_file_of_its_own_is_found_or_changes_nothing()
    {
        using var stream = new MemoryStream();
        SpikingNetwork network = LabeledNetwork.Create();
        network.Save(stream);
        byte[] saved = stream.ToArray();
        new MLContext().Model.Verify(stream);
        float[] expected = Scores(network);
        for (int bit = 0; bit < 8 * saved.Length; bit += BitStep)
        {
            byte[] zip = Flipped(saved, bit);
            AssertLoadsToTheSameOrNotAtAll(zip, expected);
        }
    }

    [Slow]
    [Fact]
    public void Nor_does_one_in_a_model_change_the_network_that_is_loaded_without_its_pipeline()
    {
        float[] expected = Scores(LabeledNetwork.Create());
        for (int bit = 0; bit < 8 * _chain.Zip.Length; bit += BitStep)
            AssertLoadsToTheSameOrNotAtAll(Flipped(_chain.Zip, bit), expected);
    }

    [Fact]
    public void A_file_that_is_cut_off_or_longer_is_refused()
    {
        for (int length = 0; length < _chain.Zip.Length; length += CutStep)
            Assert.True(_chain.IsRefused(_chain.Zip[..length]), $"{length} bytes");
        Assert.True(_chain.IsRefused(_chain.Zip[..^1]));
        foreach (byte[] more in (byte[][])[[0], new byte[22], "PK\x05\x06"u8.ToArray(), new byte[100_000], _chain.Zip])
            Assert.True(_chain.IsRefused([.. _chain.Zip, .. more]), $"{more.Length} bytes more");
        Assert.True(_chain.IsRefused([0, .. _chain.Zip]));
        // Whole, with a hole of zeros, as a copy that was interrupted may leave.
        Assert.True(_chain.IsRefused([.. _chain.Zip[..10_000], .. new byte[4096], .. _chain.Zip[14_096..]]));
    }

    [Fact]
    public void Entries_that_have_each_others_content_are_refused()
    {
        HandmadeZip zip = HandmadeZip.Of(_chain.Zip);
        Assert.False(_chain.IsRefused(zip.ToArray()));
        HandmadeZip.Entry[] entries = [.. zip.Entries];
        (int a, int b) = (Index("Transform_000/Model.key"), Index("Transform_001/Model.key"));
        // With the name and the CRC-32 of the other: what a writer of zips would make of a mix-up cannot be told from a model.
        entries[a] = zip.Entries[b] with { Name = zip.Entries[a].Name, Crc32 = Crc(zip.Entries[a]) };
        Assert.Contains("CRC-32", _chain.Refusal((new HandmadeZip { Entries = entries }).ToArray()));

        // Within the file: the local headers stay.
        byte[] swapped = [.. _chain.Zip];
        byte[] first = Encoding.ASCII.GetBytes(Slashed("TransformerChain/Transform_000/Model.key"));
        byte[] second = Encoding.ASCII.GetBytes(Slashed("TransformerChain/Transform_001/Model.key"));
        int central = _chain.Zip.AsSpan().LastIndexOf(first), other = _chain.Zip.AsSpan().LastIndexOf(second);
        second.CopyTo(swapped, central);
        first.CopyTo(swapped, other);
        Assert.Contains("name in the local header", _chain.Refusal(swapped));

        int Index(string end) => Array.FindIndex(entries, entry => entry.Name.Replace('\\', '/').EndsWith(end, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("same")]
    [InlineData("upper")]
    [InlineData("slashes")]
    public void An_entry_that_is_there_twice_is_refused(string how)
    {
        HandmadeZip zip = HandmadeZip.Of(_chain.Zip);
        HandmadeZip.Entry entry = zip.Entries[1];
        string name = how switch { "upper" => entry.Name.ToUpperInvariant(), "slashes" => entry.Name.Replace('/', '\\'), _ => entry.Name };
        HandmadeZip doubled = new() { Entries = [.. zip.Entries, new(name, [1, 2, 3])] };
        Assert.Contains("same name", _chain.Refusal(doubled.ToArray()));
    }

    [Fact]
    public void Bytes_that_belong_to_no_entry_are_refused()
    {
        HandmadeZip zip = HandmadeZip.Of(_chain.Zip);
        foreach (int index in (int[])[0, 3, zip.Entries.Count])
            Assert.Contains("belong to no", _chain.Refusal(new HandmadeZip { Entries = zip.Entries, GapBefore = index }.ToArray()));
    }

    [Fact]
    public void An_entry_that_overlaps_another_is_refused()
    {
        // The second entry's header, copied into the content of the first: both end where they should.
        var inner = new HandmadeZip { Entries = [new("b", [1, 2, 3]) { IsStored = true }] };
        var outer = new HandmadeZip { Entries = [new("a", inner.ToArray()[..34]) { IsStored = true }, new("b", [1, 2, 3]) { IsStored = true }] };
        byte[] zip = outer.ToArray();
        int directory = zip.AsSpan().LastIndexOf((byte[])[0x50, 0x4B, 1, 2]);
        BitConverter.TryWriteBytes(zip.AsSpan(directory + 42), 31u);
        Assert.Contains("overlaps", _chain.Refusal(zip));
    }

    [Slow]
    [Fact]
    public void A_bomb_is_refused_before_it_has_gone_off()
    {
        HandmadeZip zip = HandmadeZip.Of(_chain.Zip);
        byte[] zeros = new byte[200 << 20];
        // One that tells the truth, and one that does not.
        Assert.Contains("unpack to more than", Refusal(new("Bomb", zeros)));
        Assert.Contains("CRC-32", Refusal(new("Bomb", zeros) { Size = 100 }));
        Assert.Contains("less than", Refusal(new("Bomb", zeros[..100]) { Size = 1 << 20 }));

        string Refusal(HandmadeZip.Entry bomb) => _chain.Refusal(new HandmadeZip { Entries = [.. zip.Entries, bomb] }.ToArray());
    }

    [Slow]
    [Fact]
    public void What_other_programs_write_is_all_right()
    {
        HandmadeZip zip = HandmadeZip.Of(_chain.Zip);
        foreach (HandmadeZip.Descriptor behind in Enum.GetValues<HandmadeZip.Descriptor>())
        {
            foreach (bool is64 in (bool[])[false, true])
            {
                byte[] written = new HandmadeZip { Entries = zip.Entries, Behind = behind, IsZip64 = is64 }.ToArray();
                Assert.False(_chain.IsRefused(written), $"{behind} {is64}");
                int stride = 8 * written.Length / 500;
                for (int bit = 0; bit < 8 * written.Length; bit += stride)
                    _chain.IsRefused(Flipped(written, bit));
                // The end of the file, where the sizes are.
                for (int bit = 8 * (written.Length - 120); bit < 8 * written.Length; bit += 5)
                    _chain.IsRefused(Flipped(written, bit));
            }
        }
        HandmadeZip.Entry[] stored = [.. zip.Entries.Select(entry => entry with { IsStored = true })];
        Assert.False(_chain.IsRefused(new HandmadeZip { Entries = stored }.ToArray()));
        Assert.False(_chain.IsRefused(new HandmadeZip { Entries = [.. stored.Reverse(), new("README.txt", "Mine."u8.ToArray())] }.ToArray()));
    }

    [Fact]
    public void A_model_that_was_saved_to_a_stream_that_cannot_seek_is_all_right()
    {
        var context = new MLContext();
        var stream = new MemoryStream();
        using (var forward = new WriteOnlyStream(stream))
            context.Model.Save(_chain.Model, null, forward);
        byte[] zip = stream.ToArray();
        Assert.Equal(8, BitConverter.ToUInt16(zip, 6) & 8);
        Assert.False(_chain.IsRefused(zip));
        for (int bit = 0; bit < 8 * zip.Length; bit += 1009)
            _chain.IsRefused(Flipped(zip, bit));
    }

    [Fact]
    public void What_is_wrong_is_said_with_the_files_name_and_what_to_do()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.zip");
        var context = new MLContext();
        Assert.Throws<FileNotFoundException>(() => context.Model.Verify(path));
        Assert.Throws<ArgumentException>(() => context.Model.Verify(""));
        Assert.Throws<ArgumentNullException>(() => context.Model.Verify((Stream)null!));
        Assert.Throws<ArgumentException>(() => context.Model.Verify(new ForwardOnlyStream(new MemoryStream())));
        File.WriteAllText(path, "no zip");
        Assert.StartsWith($"'{path}' is damaged: ", Assert.Throws<InvalidDataException>(() => context.Model.Verify(path)).Message);
        File.WriteAllBytes(path, Flipped(_chain.Zip, 4 * _chain.Zip.Length));
        string message = Assert.Throws<InvalidDataException>(() => context.Model.Verify(path)).Message;
        Assert.Contains("entry '", message);
        Assert.EndsWith("Copy it again, or save it anew.", message);
        File.WriteAllBytes(path, _chain.Zip);
        context.Model.Verify(path);
    }

    [Theory]
    [InlineData("zip-pipeline-model-flip_22201.zip")]
    [InlineData("zip-pipeline-model-flip_22090.zip")]
    public void Files_that_hung_or_lied_are_refused(string name)
    {
        string path = RealData.Path(Path.Combine("faults", name));
        Assert.Contains("TrainSchema", Assert.Throws<InvalidDataException>(() => new MLContext().Model.Verify(path)).Message);
        Exception e = Assert.ThrowsAny<Exception>(() => new MLContext().Model.Load(path, out _)).GetBaseException();
        Assert.Contains("TrainSchema", Assert.IsType<InvalidDataException>(e).Message);
    }

    private static void AssertLoadsToTheSameOrNotAtAll(byte[] zip, float[] expected)
    {
        SpikingNetwork loaded;
        try
        {
            loaded = SpikingNetwork.Load(new MemoryStream(zip));
        }
        catch (InvalidDataException)
        {
            return;
        }
        Assert.Equal(LabeledNetwork.Classes, loaded.ClassLabels);
        Assert.Equal(expected, Scores(loaded));
    }

    private static float[] Scores(SpikingNetwork network)
    {
        float[] scores = new float[network.ClassCount];
        network.Score(LabeledNetwork.Rows(1)[0].Features, scores);
        return scores;
    }

    private static byte[] Flipped(byte[] zip, int bit)
    {
        byte[] flipped = [.. zip];
        flipped[bit / 8] ^= (byte)(1 << bit % 8);
        return flipped;
    }

    private static uint Crc(HandmadeZip.Entry entry) => System.IO.Hashing.Crc32.HashToUInt32(entry.Content);

    private static string Slashed(string path) => path.Replace('/', Path.DirectorySeparatorChar);

    /// <summary>A stream that can only be written on, like a response body.</summary>
    private sealed class WriteOnlyStream(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
