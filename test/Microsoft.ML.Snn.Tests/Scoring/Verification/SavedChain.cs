using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Scoring.Verification;

/// <summary>A chain around a spiking network, saved as users save theirs: the zip that tests damage, and what it answers.</summary>
internal sealed class SavedChain
{
    private readonly MLContext _context = new(seed: 1);
    private readonly IDataView _rows;

    public SavedChain()
    {
        _rows = _context.Data.LoadFromEnumerable(LabeledNetwork.Rows(3));
        IDataView labeled = LabeledNetwork.LabeledView(_context, 3);
        ITransformer predictor = new MulticlassPredictionTransformer<SpikingResNetModelParameters>(
            _context, new(_context, LabeledNetwork.Create(), "Score"), labeled.Schema, "Features", "Label");
        ITransformer chain = new TransformerChain<ITransformer>(
            _context.Transforms.CopyColumns("Numbers", "Number").Fit(_rows),
            _context.Transforms.Conversion.MapValueToKey("Ids", "Id").Fit(_rows),
            predictor,
            _context.Transforms.Conversion.MapKeyToValue("Guess", "PredictedLabel").Fit(predictor.Transform(labeled)));
        Model = chain;
        var stream = new MemoryStream();
        _context.Model.Save(chain, _rows.Schema, stream);
        Zip = stream.ToArray();
        Answer = AnswerOf(chain);
    }

    public ITransformer Model { get; }

    public byte[] Zip { get; }

    /// <summary>The scores of some rows, the names of the classes they are of, and the names that were guessed.</summary>
    public string Answer { get; }

    /// <summary>Whether a zip is refused as it should be; one that is not must give the same answer.</summary>
    public bool IsRefused(byte[] zip)
    {
        try
        {
            _context.Model.Verify(new MemoryStream(zip));
        }
        catch (InvalidDataException)
        {
            return true;
        }
        Assert.Equal(Answer, AnswerOf(_context.Model.Load(new MemoryStream(zip), out _)));
        return false;
    }

    /// <summary>What the check says of a zip that it refuses.</summary>
    public string Refusal(byte[] zip) => Assert.Throws<InvalidDataException>(() => _context.Model.Verify(new MemoryStream(zip))).Message;

    public string AnswerOf(ITransformer model)
    {
        IDataView scored = model.Transform(_rows);
        var names = default(VBuffer<ReadOnlyMemory<char>>);
        scored.Schema["Score"].GetSlotNames(ref names);
        return string.Join('\n', [
            .. names.DenseValues().Select(name => name.ToString()), .. scored.GetColumn<string>("Guess"),
            .. scored.GetColumn<float[]>("Score").SelectMany(scores => scores.Select(score => $"{BitConverter.SingleToInt32Bits(score)}"))]);
    }
}
