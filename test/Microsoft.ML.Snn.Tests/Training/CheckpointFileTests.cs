using System.IO.Hashing;
using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Tests.Training;

public sealed class CheckpointFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => System.IO.Path.Combine(_folder.Path, "a.checkpoint");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_is_read()
    {
        Checkpoint written = Sample() with { History = History() };
        written.Write(Path);
        Checkpoint read = Checkpoint.Read(Path);
        Assert.Equal((written.Epoch, written.Machine, written.Best!.Epoch, written.Best.Accuracy), (read.Epoch, read.Machine, read.Best!.Epoch, read.Best.Accuracy));
        Assert.Equal(written.State.Tensors, read.State.Tensors);
        Assert.Equal(written.State.Momentum, read.State.Momentum);
        Assert.Equal(written.State.Average, read.State.Average);
        Assert.Equal(written.Best.Tensors, read.Best.Tensors);
        Assert.Equal(Values(written.History), Values(read.History));
        Assert.Single(Directory.EnumerateFiles(_folder.Path));
    }

    [Fact]
    public void Any_damage_is_told_in_one_way()
    {
        byte[] whole = Written();
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] flipped = [.. whole];
            flipped[i] ^= (byte)(1 << i % 8);
            IsDamaged(flipped);
            IsDamaged(whole[..i]);
        }
        IsDamaged([.. whole, 0]);
    }

    /// <summary>As if the damage had come before the hash.</summary>
    [Fact]
    public void So_is_damage_that_the_hash_does_not_show()
    {
        byte[] whole = Written();
        for (int i = 0; i < whole.Length - 8; i++)
        {
            foreach (byte value in (byte[])[0x00, 0x7f, 0x80, 0xff])
            {
                byte[] changed = [.. whole];
                changed[i] = value;
                WriteWithHash(changed);
                try
                {
                    Checkpoint.Read(Path);
                }
                catch (InvalidDataException e)
                {
                    Assert.Contains("is damaged. Delete it", e.Message);
                }
            }
        }
        // A name of length -1, which .NET's reader takes for a fault of the disk.
        byte[] negative = [.. whole];
        int name = whole.AsSpan().IndexOf("\vstem.weight"u8);
        byte[] longer = [.. negative[..name], 0xff, 0xff, 0xff, 0xff, 0x0f, .. negative[(name + 1)..]];
        WriteWithHash(longer);
        Assert.Contains("is damaged. Delete it", Assert.Throws<InvalidDataException>(() => Checkpoint.Read(Path)).Message);
    }

    private static Checkpoint Sample() => new(
        3,
        new TrainingState(
            new Dictionary<string, float[]> { ["stem.weight"] = [1, 2, 3], ["stem.bias"] = [] },
            new Dictionary<string, float[]> { ["stem.weight"] = [4, 5, 6] }, new Dictionary<string, float[]>()),
        new BestEpoch(2, 0.5, new Dictionary<string, float[]> { ["stem.weight"] = [7] }),
        "1 thread",
        ShortHistory());

    private static TrainingHistory ShortHistory()
    {
        var history = new TrainingHistory();
        history.Warn("a");
        var confusion = new ConfusionCounts(1);
        confusion.Add(0, 1);
        history.Add(new(new() { Epoch = 1, LayerFiringRates = [new("b", 0.5)] }, default, default, default), confusion);
        return history;
    }

    /// <summary>Every number is another one.</summary>
    private static TrainingHistory History()
    {
        var history = new TrainingHistory();
        history.Warn("first");
        var best = new ConfusionCounts(1);
        best.Add(0, 1);
        best.Add(2, 0, samples: 3);
        var metrics = new TrainingMetrics
        {
            Epoch = 1, Epochs = 4, Loss = 0.25, Accuracy = 0.5, ValidationLoss = 0.75, ValidationAccuracy = 0.125, LearningRate = 0.1,
            FiringRate = 0.2, LayerFiringRates = [new("stem", 0.3)], SamplesPerSecond = 17, SynapticOperations = 18, InputWait = new(1),
            ForwardTime = new(2), BackwardTime = new(3), UpdateTime = new(4), Elapsed = new(5),
            Diagnostics = new(
                20, 0.6,
                [
                    new()
                    {
                        Name = "stem", FiringRate = 1.1, NeverFiring = 1.2, AlwaysFiring = 1.3, InWindow = 1.4, InputMean = 1.5,
                        InputDeviation = 1.6, MembraneMean = 1.7, MembraneDeviation = 1.8, InputGradientNorm = 1.9,
                        WeightGradientNorm = 2.0,
                    },
                ],
                [
                    new()
                    {
                        Source = "stem", Name = "stages.0.0.1", Phi = 2.1, StandardError = 2.2, Spread = 2.3, InputSecondMoment = 2.4,
                        OutputSecondMoment = 2.5, PredictedPhi = double.NaN,
                    },
                ]),
        };
        history.Add(new(metrics, new(6), new(7), new(8)), best);
        history.KeepBest();
        var latest = new ConfusionCounts(2);
        latest.Add(1, 1);
        history.Add(new(new() { Epoch = 2, Epochs = 4 }, new(9), new(10), new(11)), latest);
        return history;
    }

    /// <summary>All that can be read of it, by reflection: a property that is forgotten in the file shows.</summary>
    private static List<string> Values(object? value, string path = "")
    {
        if (value is null or string or IFormattable)
            return [$"{path}: {value}"];
        if (value is System.Collections.IEnumerable items)
            return [.. items.Cast<object>().SelectMany((item, i) => Values(item, $"{path}[{i}]"))];
        return [.. value.GetType().GetProperties(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance)
            .SelectMany(property => Values(property.GetValue(value), $"{path}.{property.Name}"))];
    }

    private byte[] Written()
    {
        Sample().Write(Path);
        return File.ReadAllBytes(Path);
    }

    private void WriteWithHash(byte[] bytes)
    {
        BitConverter.TryWriteBytes(bytes.AsSpan(^8..), XxHash3.HashToUInt64(bytes.AsSpan(..^8)));
        File.WriteAllBytes(Path, bytes);
    }

    private void IsDamaged(byte[] bytes)
    {
        File.WriteAllBytes(Path, bytes);
        Assert.Contains($"{Path} is damaged. Delete it", Assert.Throws<InvalidDataException>(() => Checkpoint.Read(Path)).Message);
    }
}
