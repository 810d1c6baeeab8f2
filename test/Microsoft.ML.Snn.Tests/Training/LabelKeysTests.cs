using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>What the trainer says where the keys of the labels are not what was meant.</summary>
public class LabelKeysTests
{
    private readonly MLContext _context = new(seed: 1);
    private readonly List<string> _warnings = [];

    public LabelKeysTests() => _context.Log += (_, e) =>
    {
        if (e.Kind == Runtime.ChannelMessageKind.Warning)
            _warnings.Add(e.Message);
    };

    [Theory]
    [InlineData(31, "2147483648")]
    [InlineData(20, "1048576")]
    [InlineData(17, "131072")]
    public void Hashed_labels_have_too_many_classes(int bits, string classes)
    {
        IDataView data = Hashed(bits);
        string message = Refused<ArgumentOutOfRangeException>(data);
        Assert.Contains($"'Label' has keys for {classes} classes, which is too many", message);
        Assert.Contains("MapValueToKey", message);

        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.ValidationSet = data;
        Assert.Contains(classes, Refused<ArgumentOutOfRangeException>(Keyed(TinyImages.Rows(2)), options));
    }

    [Fact]
    public void Labels_hashed_to_few_bits_are_trained_on_with_a_warning_of_what_to_do()
    {
        Trainer().Fit(Hashed(bits: 6));
        Assert.Contains(_warnings, warning => warning.Contains("61 of 64 classes have no sample") && warning.Contains("MapValueToKey"));
    }

    [Fact]
    public void A_class_that_is_not_in_the_data_but_has_a_key_is_told_of_without_advice()
    {
        Trainer().Fit(_context.Data.FilterByCustomPredicate<TinyImages.Row>(Keyed(TinyImages.Rows(4)), row => row.Name == "row"));
        Assert.EndsWith("will not be predicted well.", Assert.Single(_warnings, warning => warning.Contains("1 of 3 classes")));
    }

    [Fact]
    public void A_single_class_is_refused()
    {
        foreach (TinyImages.Row row in TinyImages.Rows(2))
        {
            string message = Refused<ArgumentOutOfRangeException>(Keyed([row]));
            Assert.Contains("'Label'", message);
            Assert.Contains("at least two classes", message);
        }
    }

    [Fact]
    public void A_set_without_rows_has_no_instances_whatever_its_labels_are()
    {
        IDataView rows = _context.Data.LoadFromEnumerable(TinyImages.Rows(2));
        IDataView none = _context.Data.FilterRowsByColumn(rows, nameof(TinyImages.Row.Number), lowerBound: 1000);
        var keys = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name));
        // Keys from other rows, and keys from no rows: a type with one key.
        foreach (IDataView empty in (IDataView[])[keys.Fit(rows).Transform(none), keys.Fit(none).Transform(none)])
            Assert.Equal("There are 0 instances in the training set.", Refused<InvalidOperationException>(empty));
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 1);
        options.ValidationSet = keys.Fit(rows).Transform(none);
        Assert.Equal("There are 0 instances in the validation set.", Refused<InvalidOperationException>(Keyed(TinyImages.Rows(2)), options));
    }

    [Fact]
    public void Rows_without_any_label_are_told_from_no_rows()
    {
        IDataView data = _context.Data.LoadFromEnumerable(TinyImages.Rows(2));
        IDataView others = _context.Data.LoadFromEnumerable(TinyImages.Rows(2).Select(row => new TinyImages.Row { Features = row.Features, Name = row.Name + "s" }));
        ITransformer keys = _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name)).Fit(others);
        Assert.Equal("None of the 6 instances in the training set has a label.", Refused<InvalidOperationException>(keys.Transform(data)));
    }

    /// <summary>ML.NET counts the values of a member with [KeyType(n)] from 0, so that 1 to n lose the last class, and leave the first empty.</summary>
    [Fact]
    public void Labels_that_count_from_1_are_told_to_count_from_0()
    {
        Trainer().Fit(Numbered(first: 1, perClass: 3));
        string warning = Assert.Single(_warnings, warning => warning.Contains("no label"));
        Assert.Contains("3 rows of the training set", warning);
        Assert.Contains("count from 0 to n - 1", warning);
        Assert.Contains("MapValueToKey", warning);
        Assert.Contains(_warnings, text => text.Contains("1 of 3 classes"));

        _warnings.Clear();
        Trainer().Fit(Numbered(first: 0, perClass: 3));
        Assert.Empty(_warnings);

        Assert.Contains("count from 0 to n - 1", Refused<InvalidOperationException>(Numbered(first: 3, perClass: 3)));
    }

    private IDataView Numbered(int first, int perClass) => _context.Data.LoadFromEnumerable(TinyImages.Rows(perClass)
        .Select(row => new Raw { Features = row.Features, Label = (uint)(Array.IndexOf(TinyImages.Classes, row.Name) + first) }).ToArray());

    private IDataView Hashed(int bits)
    {
        IDataView data = _context.Data.LoadFromEnumerable(TinyImages.Rows(2));
        return _context.Transforms.Conversion.Hash("Label", nameof(TinyImages.Row.Name), numberOfBits: bits).Fit(data).Transform(data);
    }

    private IDataView Keyed(TinyImages.Row[] rows)
    {
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        return _context.Transforms.Conversion.MapValueToKey("Label", nameof(TinyImages.Row.Name)).Fit(data).Transform(data);
    }

    private SpikingResNetTrainer Trainer(SpikingResNetTrainer.Options? options = null) =>
        _context.MulticlassClassification.Trainers.SpikingResNet(options ?? TinyImages.Options(epochs: 1));

    private string Refused<TException>(IDataView data, SpikingResNetTrainer.Options? options = null)
        where TException : Exception => Assert.Throws<TException>(() => Trainer(options).Fit(data)).Message;

    private sealed class Raw
    {
        [VectorType(TinyImages.Channels, TinyImages.Size, TinyImages.Size)]
        public float[] Features { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }
    }
}
