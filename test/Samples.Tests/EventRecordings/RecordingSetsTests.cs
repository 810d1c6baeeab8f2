using EventCamera;
using EventCamera.Recordings;
using SampleApp;

namespace Samples.Tests.EventRecordings;

/// <summary>The order of files must decide neither a split nor a batch.</summary>
public sealed class RecordingSetsTests : IDisposable
{
    private const int PerClass = 50;

    private readonly string _folder = Directory.CreateTempSubdirectory("snnml-events").FullName;

    public RecordingSetsTests() => Write(Path.Combine(_folder, "train"), "a", "b", "c");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Recordings_are_shuffled_across_classes()
    {
        Write(Path.Combine(_folder, "test"), "a", "b", "c");
        RecordingSets sets = RecordingSets.Read(Path.Combine(_folder, "train"), Path.Combine(_folder, "test"), seed: 1);
        foreach (IReadOnlyList<LabeledRecording> set in new[] { sets.Train, sets.Test })
        {
            Assert.Equal(3 * PerClass, set.Select(recording => recording.Path).Distinct().Count());
            // Class by class there would be 2 changes; shuffled, 2/3 of the 149 neighbors differ, give or take 6.
            int changes = set.Zip(set.Skip(1)).Count(pair => pair.First.Label != pair.Second.Label);
            Assert.InRange(changes, 70, 130);
            // Nor are the files of a class in their order.
            string[] files = [.. set.Where(recording => recording.Label == "a").Select(recording => recording.Path)];
            int descents = files.Zip(files.Skip(1)).Count(pair => string.CompareOrdinal(pair.First, pair.Second) > 0);
            Assert.InRange(descents, 10, 40);
        }
    }

    [Fact]
    public void A_fifth_of_each_class_is_held_out_at_random()
    {
        RecordingSets first = RecordingSets.Read(_folder, null, seed: 1), again = RecordingSets.Read(_folder, null, seed: 1);
        RecordingSets other = RecordingSets.Read(_folder, null, seed: 2);
        Assert.Equal(Paths(first.Train), Paths(again.Train));
        Assert.NotEqual(Paths(first.Test).Order(), Paths(other.Test).Order());
        Assert.Empty(Paths(first.Train).Intersect(Paths(first.Test)));
        Assert.Equal(3 * PerClass, first.Train.Count + first.Test.Count);
        foreach (IGrouping<string, LabeledRecording> held in first.Test.GroupBy(recording => recording.Label))
        {
            Assert.Equal(PerClass / 5, held.Count());
            // The first or the last files of a folder would all lie in one half.
            int early = held.Count(recording => int.Parse(Path.GetFileNameWithoutExtension(recording.Path)) < PerClass / 2);
            Assert.InRange(early, 1, PerClass / 5 - 1);
        }
    }

    [Fact]
    public void Folders_that_hold_no_classes_are_refused_by_name()
    {
        string empty = Path.Combine(_folder, "empty"), single = Path.Combine(_folder, "single"), other = Path.Combine(_folder, "other");
        Directory.CreateDirectory(empty);
        Write(single, "a");
        Write(other, "a", "z");
        Assert.Contains(empty, Assert.Throws<UserException>(() => RecordingSets.Read(empty, null, 1)).Message);
        Assert.Contains("at least two", Assert.Throws<UserException>(() => RecordingSets.Read(single, null, 1)).Message);
        string train = Path.Combine(_folder, "train");
        Assert.Contains("'z'", Assert.Throws<UserException>(() => RecordingSets.Read(train, other, 1)).Message);
    }

    [Theory]
    [InlineData("Train", "Test")]
    [InlineData("training", "validation")]
    public void A_sets_own_parts_are_no_classes(string trainName, string testName)
    {
        // N-MNIST as published: two zips, extracted beside each other.
        string set = Path.Combine(_folder, "set", "N-MNIST"), train = Path.Combine(set, trainName), test = Path.Combine(set, testName);
        Write(train, "0", "1");
        Write(test, "1", "0");
        foreach (string folder in (string[])[set, Path.Combine(_folder, "set")])
        {
            RecordingSets sets = RecordingSets.Read(folder, null, seed: 1);
            Assert.Equal(["0", "1"], sets.Train.Select(recording => recording.Label).Distinct().Order());
            Assert.Equal((2 * PerClass, 2 * PerClass), (sets.Train.Count, sets.Test.Count));
            Assert.All(sets.Train, recording => Assert.StartsWith(train, recording.Path, StringComparison.Ordinal));
            Assert.All(sets.Test, recording => Assert.StartsWith(test, recording.Path, StringComparison.Ordinal));
        }
        // The part of another set, too.
        Assert.Equal(2 * PerClass, RecordingSets.Read(train, set, seed: 1).Test.Count);
        Write(test, "2");
        Assert.Contains("'2'", Assert.Throws<UserException>(() => RecordingSets.Read(set, null, seed: 1)).Message);
        Directory.Delete(test, recursive: true);
        Assert.Equal(2 * PerClass / 5, RecordingSets.Read(set, null, seed: 1).Test.Count);
    }

    private static IEnumerable<string> Paths(IEnumerable<LabeledRecording> recordings) => recordings.Select(recording => recording.Path);

    private static void Write(string folder, params string[] classes)
    {
        foreach (string name in classes)
        {
            string path = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
            for (int i = 0; i < PerClass; i++)
                File.WriteAllBytes(Path.Combine(path, $"{i:D4}.bin"), []);
        }
    }
}
