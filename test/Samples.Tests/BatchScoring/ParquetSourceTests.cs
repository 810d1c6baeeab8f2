using BatchScore;
using BatchScore.Sources;
using Parquet;
using Parquet.Serialization;
using SampleApp;

namespace Samples.Tests.BatchScoring;

/// <summary>What is wrong with a Parquet file of pictures is said by its name, whatever the library throws.</summary>
public sealed class ParquetSourceTests(TrainedModel trained) : IDisposable
{
    private const string Input = "pictures.parquet";

    private readonly BatchFolder _folder = new(trained);

    [Fact]
    public async Task A_column_that_is_not_there_or_of_another_type_is_named_with_those_that_are()
    {
        string input = _folder.In(Input);
        await ParquetSerializer.SerializeAsync<StoredPicture>([new() { Name = "a", Image = [1] }], input);
        foreach ((string image, string? path, string message) in ((string, string?, string)[])
            [
                ("image", null, "'image' of binary values. Its columns are Name, Image: name the right one with --image-column."),
                ("Name", null, "'Name' of binary values."),
                ("Image", "name", "'name' of text. Its columns are Name, Image: name the right one with --path-column."),
                ("Image", "Image", "'Image' of text."),
            ])
        {
            var source = new ParquetSource(input, image, path);
            Assert.Contains(message, (await Assert.ThrowsAsync<UserException>(() => _folder.RunAsync(source))).Message);
            // Before anything is loaded or scored, too.
            await Assert.ThrowsAsync<UserException>(() => source.CountAsync(default));
        }
    }

    [Fact]
    public async Task A_file_that_is_missing_or_no_Parquet_file_is_named()
    {
        ParquetSource source = _folder.Source(Input);
        Assert.Contains(Input, (await Assert.ThrowsAsync<UserException>(() => source.CountAsync(default))).Message);
        foreach (string text in (string[])["", "text", "PAR1 and nothing that belongs to it PAR1"])
        {
            File.WriteAllText(_folder.In(Input), text);
            Assert.Contains($"{Input}' is damaged or no Parquet file", (await Assert.ThrowsAsync<UserException>(
                () => source.CountAsync(default))).Message);
        }
    }

    [Fact]
    public async Task A_damaged_row_group_is_named_and_the_parts_before_it_are_kept()
    {
        _folder.DrawPictures(12);
        ParquetSource source = await _folder.StoreAsync(Input, rowGroupSize: 4);
        await _folder.RunAsync(source, "fresh.parquet");
        byte[] whole = File.ReadAllBytes(_folder.In(Input)), damaged = [.. whole];
        await using (ParquetReader reader = await ParquetReader.CreateAsync(_folder.In(Input)))
        {
            // The header of the page that the last group's pictures begin with.
            long page = reader.Metadata!.RowGroups[2].Columns[1].MetaData!.DataPageOffset;
            damaged.AsSpan((int)page, 20).Fill(0xff);
        }
        File.WriteAllBytes(_folder.In(Input), damaged);

        string message = (await Assert.ThrowsAsync<UserException>(() => _folder.RunAsync(source))).Message;
        Assert.Contains($"{Input}' is damaged", message);
        Assert.Contains("row group 3 of 3, from row 8 on,", message);
        Assert.Contains("--hash-input", message);
        Assert.Equal(2, _folder.Parts().Length);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.tmp"));

        // As the message says.
        File.WriteAllBytes(_folder.In(Input), whole);
        Assert.Equal(8, (await _folder.RunAsync(source, hashInput: true)).Earlier);
        await _folder.AssertSameRowsAsync("fresh.parquet", "scores.parquet");
    }

    [Fact]
    public async Task Damage_anywhere_is_told_of_the_file_or_of_the_pictures_that_it_hits()
    {
        _folder.DrawPictures(6);
        ParquetSource source = await _folder.StoreAsync(Input, rowGroupSize: 3);
        byte[] whole = File.ReadAllBytes(_folder.In(Input));
        int refused = 0;
        // Most of the file is pictures; its metadata, at the end, is where damage is dangerous.
        int[] places =
        [
            .. Enumerable.Range(0, 40).Select(i => i * whole.Length / 40),
            .. Enumerable.Range(1, 150).Select(i => whole.Length - 5 * i),
        ];
        foreach (int place in places.Where(place => place >= 0))
        {
            byte[] damaged = [.. whole];
            damaged[place] ^= 0xff;
            File.WriteAllBytes(_folder.In(Input), damaged);
            try
            {
                await foreach (PictureEntry entry in source.ReadAsync(default))
                    await entry.ReadAsync();
            }
            catch (UserException e)
            {
                Assert.Contains(_folder.In(Input), e.Message);
                refused++;
            }
        }
        Assert.InRange(refused, 10, places.Length);
        for (int length = 0; length < whole.Length; length += whole.Length / 20)
        {
            File.WriteAllBytes(_folder.In(Input), whole[..length]);
            Assert.Contains(Input, (await Assert.ThrowsAsync<UserException>(() => source.CountAsync(default))).Message);
        }
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_read_is_refused()
    {
        _folder.DrawPictures(12);
        ParquetSource source = await _folder.StoreAsync(Input, rowGroupSize: 4);
        Assert.Contains("changed while", (await Assert.ThrowsAsync<UserException>(() => _folder.RunAsync(
            source, progress: _ => File.SetLastWriteTimeUtc(_folder.In(Input), DateTime.UtcNow.AddSeconds(9))))).Message);
        File.Delete(_folder.In(Input));
    }

    public void Dispose() => _folder.Dispose();
}
