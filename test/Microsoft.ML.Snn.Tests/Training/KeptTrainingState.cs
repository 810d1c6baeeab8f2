using System.IO.Compression;
using System.Text;
using Microsoft.ML.Snn.Engine.Graph;
using Microsoft.ML.Snn.Tests.Reference;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Models whose zips hold what going on with their training needs.</summary>
[Slow]
public sealed class KeptTrainingState : IDisposable
{
    private const string EntryName = "SnnTrainingState";

    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_is_gone_on_from_as_its_checkpoint_is(bool quantize)
    {
        string checkpoints = Path.Combine(_folder.Path, "checkpoints");
        string zip = Train("model.zip", options =>
        {
            (options.Epochs, options.KeepTrainingState, options.Quantize, options.CheckpointFolder) = (3, true, quantize, checkpoints);
        });
        InitialNetwork model = InitialNetwork.FromModel(zip);
        var checkpoint = InitialNetwork.FromCheckpoint(Assert.Single(Directory.EnumerateFiles(checkpoints, "*.checkpoint")));
        AssertSame(checkpoint.Tensors!, model.Tensors!);
        Assert.Contains(model.Tensors!, tensor => tensor.Key.EndsWith(".running_var", StringComparison.Ordinal));
        Assert.False(TinyImages.Plan(With(model)).Start!.Tensors.IsFolded);

        // The network alone has to be given statistics again, which are not those that training had.
        InitialNetwork network = InitialNetwork.FromNetwork(SpikingNetwork.Load(zip));
        Assert.True(TinyImages.Plan(With(network)).Start!.Tensors.IsFolded);
        float[][][] weights = [.. new[] { model, checkpoint, network }.Select((initial, i) =>
            FoldedWeights.Of(SpikingNetwork.Load(Train($"{i}.zip", options => options.InitialNetwork = initial))))];
        Assert.Equal(weights[1], weights[0]);
        Assert.NotEqual(weights[2], weights[0]);

        static SpikingResNetTrainer.Options With(InitialNetwork initial)
        {
            SpikingResNetTrainer.Options options = TinyImages.Options();
            options.InitialNetwork = initial;
            return options;
        }
    }

    [Fact]
    public void The_rest_of_the_zip_is_as_without_and_it_is_there_when_a_loaded_model_is_saved_again()
    {
        string without = Train("without.zip", _ => { }), with = Train("with.zip", options => options.KeepTrainingState = true);
        Dictionary<string, byte[]> expected = Entries(without), actual = Entries(with);
        string entry = Assert.Single(actual.Keys.Except(expected.Keys));
        Assert.EndsWith(EntryName, entry);
        Assert.All(expected, other => Assert.Equal(other.Value, actual[other.Key]));
        Assert.Null(InitialNetwork.FromModel(without).Tensors);

        _context.Model.Verify(with);
        ITransformer loaded = _context.Model.Load(with, out DataViewSchema schema);
        string again = Path.Combine(_folder.Path, "again.zip");
        _context.Model.Save(loaded, schema, again);
        AssertSame(InitialNetwork.FromModel(with).Tensors!, InitialNetwork.FromModel(again).Tensors!);
    }

    [Fact]
    public void Before_a_step_it_scores_as_it_did_with_its_input_normalization()
    {
        string zip = Train("model.zip", options => (options.Epochs, options.NormalizeInput, options.KeepTrainingState) = (6, null, true));
        string next = Train("next.zip", options =>
        {
            options.NormalizeInput = null;
            options.InitialNetwork = InitialNetwork.FromModel(zip) with { FrozenStages = 2 };
            // So small that no weight changes.
            options.LearningRate = 1e-30;
        });
        Assert.Equal(Scores(zip), Scores(next), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    public static TheoryData<LifNeuronOptions, LifNeuronOptions> NeuronsThatLearnOtherwise => new()
    {
        { new(), new() { Threshold = 1, LearnThreshold = NeuronLearning.PerLayer } },
        { new() { LearnThreshold = NeuronLearning.PerChannel }, new() { Threshold = 0.75, LearnThreshold = NeuronLearning.PerChannel } },
        { new() { Decay = 0.5 }, new() { Decay = 0.25, LearnDecay = NeuronLearning.PerLayer } },
        { new() { LearnDecay = NeuronLearning.PerLayer }, new() { LearnDecay = NeuronLearning.PerChannel } },
        { new() { MaxSpikes = 3 }, new() { MaxSpikes = 3, Threshold = 2, LearnThreshold = NeuronLearning.PerChannel } },
    };

    [Theory]
    [MemberData(nameof(NeuronsThatLearnOtherwise), DisableDiscoveryEnumeration = true)]
    public void Neurons_that_learn_otherwise_begin_with_what_they_had(LifNeuronOptions kept, LifNeuronOptions now)
    {
        string zip = Train("model.zip", options => (options.Neuron, options.Epochs, options.KeepTrainingState) = (kept, 3, true));
        // So small a rate that no weight changes; frozen statistics.
        string next = Train("next.zip", options =>
        {
            options.Neuron = now;
            options.InitialNetwork = InitialNetwork.FromModel(zip) with { FrozenStages = 2 };
            options.LearningRate = 1e-30;
        });
        float[] expected = Scores(zip);
        Assert.Equal(expected, Scores(next), (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.NotEqual(expected[0], expected[^1]);
    }

    [Fact]
    public void What_differs_is_named_and_other_classes_get_a_new_head()
    {
        InitialNetwork initial = InitialNetwork.FromModel(Train("model.zip", options => options.KeepTrainingState = true));
        Refused("stem", options => options.Architecture = options.Architecture.WithWidth(2));
        // The tensors alone do not tell.
        Refused("Neuron.Threshold", options => options.Neuron = new() { Threshold = 0.75 });
        TinyImages.Row[] rows = TinyImages.Rows(12);
        for (int i = 0; i < rows.Length; i += 6)
            rows[i].Name = "other";
        Assert.Equal(4, SpikingNetwork.Load(Train("more.zip", options => options.InitialNetwork = initial, rows)).ClassCount);

        void Refused(string named, Action<SpikingResNetTrainer.Options> set)
        {
            var e = Assert.Throws<ArgumentOutOfRangeException>(() => Train("refused.zip", options =>
            {
                options.InitialNetwork = initial;
                set(options);
            }));
            Assert.Contains(named, e.Message);
        }
    }

    [Fact]
    public void A_damaged_one_is_refused_with_bounded_memory()
    {
        string zip = Train("model.zip", options => options.KeepTrainingState = true);
        byte[] whole = Entries(zip).Single(entry => entry.Key.EndsWith(EntryName, StringComparison.Ordinal)).Value;
        Refused("format 2", With(0, 2));
        Refused("has the length", With(8 + 1 + NameLength(), int.MaxValue));
        Refused("has the length", With(8 + 1 + NameLength(), -1));
        Refused("damaged", whole[..^1]);
        Refused("damaged", []);
        // A name longer than all of it.
        Refused("damaged", [.. whole[..8], 0xff, 0xff, 0xff, 0xff, 0x07, .. whole[9..]]);
        byte[] changed = [.. whole];
        BitConverter.TryWriteBytes(changed.AsSpan(changed.Length - sizeof(float)), float.NaN);
        InitialNetwork notFinite = InitialNetwork.FromModel(Rewrite(zip, changed));
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => Train("refused.zip", options => options.InitialNetwork = notFinite));
        Assert.Contains("is not finite", e.Message);

        var random = new Random(3);
        long before = GC.GetTotalAllocatedBytes();
        for (int i = 0; i < 100; i++)
        {
            changed = [.. whole];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                changed[random.Next(i % 2 == 0 ? 200 : changed.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                InitialNetwork.FromModel(Rewrite(zip, changed));
            }
            catch (InvalidDataException)
            {
            }
        }
        Assert.True(GC.GetTotalAllocatedBytes() - before < 1L << 30);

        byte[] With(int place, int value)
        {
            byte[] copy = [.. whole];
            BitConverter.TryWriteBytes(copy.AsSpan(place), value);
            return copy;
        }

        int NameLength() => whole[8];

        void Refused(string named, byte[] content)
        {
            string damaged = Rewrite(zip, content);
            var e = Assert.Throws<InvalidDataException>(() => InitialNetwork.FromModel(damaged));
            Assert.Contains(named, e.Message);
            Assert.Contains(damaged, e.Message);
            AssertNotLoaded(damaged);
        }
    }

    [Fact]
    public void A_flipped_bit_in_the_file_is_found()
    {
        string zip = Train("model.zip", options => options.KeepTrainingState = true);
        byte[] file = File.ReadAllBytes(zip);
        // Behind its name in its local header are its data.
        int place = file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(EntryName)) + EntryName.Length + 500;
        file[place] ^= 1;
        string damaged = Path.Combine(_folder.Path, "damaged.zip");
        File.WriteAllBytes(damaged, file);
        Assert.Contains(EntryName, Assert.Throws<InvalidDataException>(() => InitialNetwork.FromModel(damaged)).Message);
        AssertNotLoaded(damaged);
    }

    /// <summary>ML.NET wraps what a component's constructor throws.</summary>
    private void AssertNotLoaded(string zip)
    {
        Exception? e = Assert.ThrowsAny<Exception>(() => _context.Model.Load(zip, out _));
        while (e is not null and not FormatException)
            e = e.InnerException;
        Assert.IsType<FormatException>(e);
    }

    /// <summary>A zip with another training state.</summary>
    private string Rewrite(string zip, byte[] content)
    {
        string copy = Path.Combine(_folder.Path, "copy.zip");
        File.Copy(zip, copy, overwrite: true);
        using ZipArchive archive = ZipFile.Open(copy, ZipArchiveMode.Update);
        ZipArchiveEntry old = archive.Entries.Single(entry => entry.FullName.EndsWith(EntryName, StringComparison.Ordinal));
        string name = old.FullName;
        old.Delete();
        using Stream stream = archive.CreateEntry(name).Open();
        stream.Write(content);
        return copy;
    }

    private static Dictionary<string, byte[]> Entries(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var content = new MemoryStream();
            using Stream stream = entry.Open();
            stream.CopyTo(content);
            return content.ToArray();
        });
    }

    private static void AssertSame(IReadOnlyDictionary<string, float[]> expected, IReadOnlyDictionary<string, float[]> actual)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.All(expected, tensor => Assert.Equal(tensor.Value, actual[tensor.Key]));
    }

    private static float[] Scores(string zip)
    {
        float[] scores = new float[36 * TinyImages.Classes.Length];
        SpikingNetwork.Load(zip).Score([.. TinyImages.Rows(12).SelectMany(row => row.Features)], scores);
        return scores;
    }

    /// <summary>Trains for an epoch, unless told otherwise, and saves the model.</summary>
    private string Train(string file, Action<SpikingResNetTrainer.Options> set, TinyImages.Row[]? rows = null)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.NormalizeInput = false;
        set(options);
        IDataView data = _context.Data.LoadFromEnumerable(rows ?? TinyImages.Rows(12));
        string path = Path.Combine(_folder.Path, file);
        _context.Model.Save(TinyImages.Pipeline(_context, options).Fit(data), data.Schema, path);
        return path;
    }
}
