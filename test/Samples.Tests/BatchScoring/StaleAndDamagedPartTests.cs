using System.Security.Cryptography;
using BatchScore;
using BatchScore.Sources;
using Microsoft.ML.Snn.Tests.Speed;

namespace Samples.Tests.BatchScoring;

/// <summary>A run that goes on takes a part only if it is whole and what it would make today; else it makes it again, and says so.</summary>
public sealed class StaleAndDamagedPartTests(TrainedModel trained) : IDisposable
{
    private readonly BatchFolder _folder = new(trained);

    [Fact]
    public async Task A_part_with_a_flipped_bit_is_made_again()
    {
        await StopAfterTwoPartsAsync();
        byte[] part = File.ReadAllBytes(_folder.Parts()[0]);
        string[] names = [.. _folder.Parts().Select(file => Path.GetFileName(file)!)];
        string kept = _folder.In("kept");
        Copy(_folder.In("scores.parquet.parts"), kept);
        // Magic numbers, pages, metadata, lengths: whatever lies there.
        foreach (int place in Enumerable.Range(0, 12).Select(i => i * (part.Length - 1) / 11))
        {
            Copy(kept, _folder.In("scores.parquet.parts"));
            byte[] damaged = [.. part];
            damaged[place] ^= (byte)(1 << place % 8);
            File.WriteAllBytes(_folder.Parts()[0], damaged);
            await AssertMadeAgainAsync([names[0]], "damaged", earlier: 4);
        }
    }

    [Fact]
    public async Task A_part_that_is_cut_short_or_empty_is_made_again()
    {
        await StopAfterTwoPartsAsync();
        (string first, string second) = (_folder.Parts()[0], _folder.Parts()[1]);
        File.WriteAllBytes(first, File.ReadAllBytes(first)[..^10]);
        File.WriteAllBytes(second, []);
        await AssertMadeAgainAsync([Path.GetFileName(first), Path.GetFileName(second)], "damaged", earlier: 0);
    }

    [Fact]
    public async Task Parts_that_have_changed_places_are_made_again()
    {
        await StopAfterTwoPartsAsync();
        string[] parts = _folder.Parts();
        // Each with its own checksum at the other's number.
        string[] swapped = [Swap(parts[1], "00000000"), Swap(parts[0], "00000001")];
        await AssertMadeAgainAsync([.. swapped.Select(Path.GetFileName)!], "other pictures", earlier: 0);

        static string Swap(string file, string number)
        {
            string to = Path.Combine(Path.GetDirectoryName(file)!, number + Path.GetFileName(file)[8..]);
            File.Move(file, to);
            return to;
        }
    }

    [Fact]
    public async Task A_part_of_an_earlier_version_or_of_no_part_at_all_is_made_again()
    {
        await StopAfterTwoPartsAsync();
        string[] parts = _folder.Parts();
        string old = Path.Combine(Path.GetDirectoryName(parts[0])!, "00000000.parquet");
        File.Move(parts[0], old);
        // Whose checksum is right.
        byte[] text = "text"u8.ToArray();
        string other = Path.Combine(
            Path.GetDirectoryName(parts[1])!, $"00000001.{Convert.ToHexStringLower(SHA256.HashData(text))}.parquet");
        File.Delete(parts[1]);
        File.WriteAllBytes(other, text);
        await _folder.RunAsync();
        Assert.Equal(2, _folder.Warnings.Count);
        Assert.Contains("no checksum", _folder.Warnings[0]);
        Assert.Contains(Path.GetFileName(other), _folder.Warnings[1]);
        Assert.Contains("cannot be read", _folder.Warnings[1]);
        await _folder.AssertSameRowsAsync("fresh.parquet", "scores.parquet");
    }

    [Slow]
    [Fact]
    public async Task Parts_of_another_model_are_made_again()
    {
        await StopAfterTwoPartsAsync();
        string other = _folder.In("other.zip");
        trained.Train(other, seed: 2);
        await _folder.RunAsync(output: "fresh.parquet", modelPath: other);
        string[] names = [.. _folder.Parts().Select(file => Path.GetFileName(file)!)];
        await AssertMadeAgainAsync(names, "another model", earlier: 0, modelPath: other);
    }

    [Fact]
    public async Task Parts_of_another_column_are_made_again()
    {
        _folder.DrawPictures(10);
        ParquetSource source = await _folder.StoreAsync("pictures.parquet", rowGroupSize: 5);
        await _folder.StopAfterAsync(parts: 1, source);
        var renamed = new Renamed(source);
        BatchSummary summary = await _folder.RunAsync(renamed);
        Assert.Equal(0, summary.Earlier);
        Assert.Contains("other settings", Assert.Single(_folder.Warnings));
    }

    [Fact]
    public async Task Parts_behind_a_picture_that_has_come_or_gone_are_made_again()
    {
        await StopAfterTwoPartsAsync();
        File.Delete(Path.Combine(_folder.Pictures, "6.png"));
        await _folder.RunAsync(output: "fresh.parquet");
        string[] names = [.. _folder.Parts().Select(file => Path.GetFileName(file)!)];
        await AssertMadeAgainAsync(names, "other pictures", earlier: 0);
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, true)]
    // Nothing but its bytes tells that this picture is another.
    [InlineData(false, true, false)]
    [InlineData(true, true, true)]
    public async Task A_picture_of_the_same_size_in_place_of_another_is_noticed_by_time_or_content(
        bool hashInput, bool keepTime, bool noticed)
    {
        await StopAfterTwoPartsAsync();
        string name = Path.GetFileName(_folder.Parts()[1]), picture = Path.Combine(_folder.Pictures, "in", "4.png");
        byte[] bytes = File.ReadAllBytes(picture);
        DateTime time = File.GetLastWriteTimeUtc(picture);
        bytes[^30] ^= 0xff;
        File.WriteAllBytes(picture, bytes);
        File.SetLastWriteTimeUtc(picture, keepTime ? time : time.AddSeconds(1));
        await _folder.RunAsync(output: "fresh.parquet");
        _folder.Warnings.Clear();

        BatchSummary summary = await _folder.RunAsync(hashInput: hashInput);
        Assert.Equal(noticed ? 4 : 8, summary.Earlier);
        if (!noticed)
            return;
        string warning = Assert.Single(_folder.Warnings);
        Assert.Contains(name, warning);
        Assert.Contains(hashInput ? "other content" : "another size or time", warning);
        await _folder.AssertSameRowsAsync("fresh.parquet", "scores.parquet");
    }

    [Fact]
    public async Task A_link_is_known_by_what_it_leads_to()
    {
        _folder.DrawPictures(6);
        string picture = Path.Combine(_folder.Pictures, "0.png"), target = _folder.In("target.png");
        File.Move(picture, target);
        File.CreateSymbolicLink(picture, target);
        await _folder.StopAfterAsync(parts: 1);
        File.SetLastWriteTimeUtc(target, DateTime.UtcNow.AddSeconds(9));
        Assert.Equal(0, (await _folder.RunAsync()).Earlier);
        Assert.Single(_folder.Warnings);
    }

    [Fact]
    public async Task A_copied_Parquet_file_is_the_same_by_content_only()
    {
        _folder.DrawPictures(10);
        ParquetSource source = await _folder.StoreAsync("pictures.parquet", rowGroupSize: 5);
        await _folder.RunAsync(source, "fresh.parquet");
        foreach (bool hashInput in (bool[])[true, false])
        {
            await _folder.StopAfterAsync(parts: 2, source);
            File.SetLastWriteTimeUtc(_folder.In("pictures.parquet"), DateTime.UtcNow.AddSeconds(hashInput ? 9 : 99));
            Assert.Equal(hashInput ? 8 : 0, (await _folder.RunAsync(source, hashInput: hashInput)).Earlier);
            Assert.Equal(hashInput ? 0 : 2, _folder.Warnings.Count);
            await _folder.AssertSameRowsAsync("fresh.parquet", "scores.parquet");
        }
    }

    [Fact]
    public async Task A_picture_that_could_not_be_read_is_tried_again()
    {
        _folder.DrawPictures(10);
        var source = new Failing(new FolderSource(_folder.Pictures), "3.png");
        await _folder.StopAfterAsync(parts: 1, source);
        await _folder.RunAsync(output: "fresh.parquet");
        Assert.Equal(0, (await _folder.RunAsync()).Earlier);
        Assert.Contains("could not be read", Assert.Single(_folder.Warnings));
        await _folder.AssertSameRowsAsync("fresh.parquet", "scores.parquet");
    }

    public void Dispose() => _folder.Dispose();

    private async Task StopAfterTwoPartsAsync()
    {
        _folder.DrawPictures(10);
        await _folder.RunAsync(output: "fresh.parquet");
        await _folder.StopAfterAsync(parts: 2);
    }

    private async Task AssertMadeAgainAsync(string[] names, string reason, int earlier, string? modelPath = null)
    {
        _folder.Warnings.Clear();
        BatchSummary summary = await _folder.RunAsync(modelPath: modelPath);
        Assert.Equal(earlier, summary.Earlier);
        Assert.Equal(names.Length, _folder.Warnings.Count);
        Assert.All(_folder.Warnings, warning => Assert.Contains(reason, warning));
        Assert.All(names, name => Assert.Contains(_folder.Warnings, warning => warning.Contains(name)));
        await _folder.AssertSameRowsAsync("fresh.parquet", "scores.parquet");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }

    private sealed class Renamed(IPictureSource inner) : IPictureSource
    {
        public string Settings => "another column";

        public Task<long> CountAsync(CancellationToken cancellation) => inner.CountAsync(cancellation);

        public IAsyncEnumerable<PictureEntry> ReadAsync(CancellationToken cancellation) => inner.ReadAsync(cancellation);
    }

    /// <summary>A disk that fails at one picture.</summary>
    private sealed class Failing(IPictureSource inner, string path) : IPictureSource
    {
        public string Settings => inner.Settings;

        public Task<long> CountAsync(CancellationToken cancellation) => inner.CountAsync(cancellation);

        public IAsyncEnumerable<PictureEntry> ReadAsync(CancellationToken cancellation) => inner.ReadAsync(cancellation)
            .Select(entry => entry.Path == path ? entry with { ReadAsync = () => throw new IOException("Input/output error") } : entry);
    }
}
