using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Training.Data;

/// <summary>Reads the labeled rows of an <see cref="ExampleSet"/> one by one; rows with a missing label (key 0) are skipped.</summary>
internal sealed class ExampleCursor : IDisposable
{
    // Of ML.NET's MLImage, which does not say what was disposed, nor by whom.
    private const string DisposedImage = "Object is disposed.";
    private const string HowToKeepImages =
        " ML.NET disposes an image that is a row's own: ResizeImages does where it has the size already, ExtractPixels at the end of a "
        + "pass. Let the row's property make a new MLImage each time it is read, or load the images from files by LoadImages.";

    private readonly ExampleSet _set;
    private readonly bool _isShuffled;
    private readonly DataViewRowCursor _cursor;
    private readonly ValueGetter<VBuffer<float>>? _readFeatures;
    private readonly ValueGetter<uint> _readLabel;
    private readonly ValueGetter<float>? _readWeight;
    private readonly ValueGetter<VBuffer<float>>? _readScores;
    private readonly float[] _features;
    private readonly float[] _scores = [];
    private readonly float[]? _teacher;
    private VBuffer<float> _buffer;
    private VBuffer<float> _scoreBuffer;
    private uint _label;
    private float _weight = 1;

    public ExampleCursor(ExampleSet set, Random? random, bool oneByOne, bool labelsOnly = false)
    {
        (_set, _isShuffled) = (set, random is not null);
        _features = labelsOnly ? [] : new float[set.Shape.Length];
        RoleMappedSchema roles = set.Data.Schema;
        DataViewSchema.Column feature = roles.Feature!.Value, label = roles.Label!.Value;
        List<DataViewSchema.Column> columns = labelsOnly ? [label] : [feature, label];
        if (roles.Weight is { } weight)
            columns.Add(weight);
        DataViewSchema.Column? teacher = set.Teacher is { } scores && !labelsOnly ? set.Data.Data.Schema[scores.ColumnName] : null;
        if (teacher is { } added)
            columns.Add(added);
        _cursor = oneByOne ? set.Data.Data.GetRowCursorSet(columns, 1, random)[0] : set.Data.Data.GetRowCursor(columns, random);
        _readFeatures = labelsOnly ? null : _cursor.GetGetter<VBuffer<float>>(feature);
        _readLabel = _cursor.GetGetter<uint>(label);
        _readWeight = roles.Weight is { } weightColumn ? _cursor.GetGetter<float>(weightColumn) : null;
        if (teacher is not { } scoreColumn)
            return;
        _readScores = _cursor.GetGetter<VBuffer<float>>(scoreColumn);
        _scores = new float[((VectorDataViewType)scoreColumn.Type).Size];
        _teacher = new float[_scores.Length];
    }

    /// <summary>Rows read so far, whatever their label.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows skipped so far because their label is missing.</summary>
    public long MissingLabels { get; private set; }

    /// <summary>Position of the current row in the view's reading order, from 0.</summary>
    public long Row => _cursor.Position;

    // Of a shuffled pass nobody else could say which row that is.
    private string RowName => _isShuffled ? $"Row {Row}, as an epoch in random order counts them," : $"Row {Row}";

    /// <summary>The current sample, dense; overwritten by the next <see cref="MoveNext"/>.</summary>
    public ReadOnlySpan<float> Features => _features;

    /// <summary>The current class, from 0.</summary>
    public int Label => (int)_label - 1;

    /// <summary>The current row's weight; 1 where there is no weight column.</summary>
    public float Weight => _weight;

    /// <summary>What the current row is to teach; the teacher's part is overwritten by the next <see cref="MoveNext"/>.</summary>
    public ExampleTarget Target => new(Label, Weight, _teacher);

    /// <exception cref="InvalidOperationException">
    /// A weight is negative or not finite, a teacher's scores are not what they should be, or a row has another size than its column
    /// promises.
    /// </exception>
    /// <param name="reads">
    /// Whether the sample is wanted. Of one that is not, nothing but the label is read, where that is enough to know that it belongs to the
    /// set.
    /// </param>
    public bool MoveNext(bool reads = true)
    {
        while (Advance(reads || _set.Part != ExamplePart.All))
        {
            if (_label == 0)
            {
                MissingLabels++;
                continue;
            }
            if (!reads && _set.Part == ExamplePart.All)
                return true;
            if (_buffer.Length != _features.Length)
            {
                throw new InvalidOperationException(
                    $"{RowName} of feature column '{_set.FeatureColumnName}' has {_buffer.Length} values instead of {_features.Length}.");
            }
            _buffer.CopyTo(_features);
            if (!_set.Contains(_features, _label))
                continue;
            if (_set.ChecksValues)
                CheckFinite();
            if (!(_weight >= 0 && float.IsFinite(_weight)))
            {
                throw new InvalidOperationException(
                    $"{RowName} of weight column '{_set.Data.Schema.Weight!.Value.Name}' is {_weight}; weights must be finite numbers of "
                        + "0 or more.");
            }
            ReadTeacher();
            return true;
        }
        return false;
    }

    public void Dispose() => _cursor.Dispose();

    private void CheckFinite()
    {
        int bad = _features.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        if (bad < 0)
            return;
        string row = $"{RowName} of feature column '{_set.FeatureColumnName}'";
        if (_features.AsSpan().ContainsAnyExcept(float.NaN))
            throw new InvalidOperationException(
                $"{row} holds {_features[bad]} at index {bad}. Replace or filter such values before training.");
        // One value of many is wrong by itself; all of them are how the estimators before tell that there is none.
        string origin = _set.Shape.Slices is null
            ? ""
            : " (AccumulateEvents gives that for a recording that is null, EncodeSpikes for a row with a value that is not finite)";
        throw new InvalidOperationException($"{row} is missing: it is NaN throughout{origin}. Filter such rows before training.");
    }

    private void ReadTeacher()
    {
        if (_readScores is null || _set.Teacher is not { } teacher)
            return;
        if (_scoreBuffer.Length != _scores.Length)
        {
            throw new InvalidOperationException(
                $"{RowName} of teacher score column '{teacher.ColumnName}' has {_scoreBuffer.Length} values instead of {_scores.Length}.");
        }
        _scoreBuffer.CopyTo(_scores);
        teacher.Soften(_scores, _teacher, RowName);
    }

    /// <summary>
    /// Reads the next row's values. ML.NET wraps what an estimator before the trainer throws, such as for a missing picture, in an
    /// exception that tells nothing; this tells the cause. (Which row it was cannot be known: rows are made on several threads, ahead of
    /// this one.)
    /// </summary>
    private bool Advance(bool reads)
    {
        long last = _cursor.Position;
        try
        {
            if (!_cursor.MoveNext())
                return false;
            Rows++;
            _readLabel(ref _label);
            if (_label == 0 || !reads)
                return true;
            _readFeatures?.Invoke(ref _buffer);
            _readWeight?.Invoke(ref _weight);
            _readScores?.Invoke(ref _scoreBuffer);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Exception cause = e.GetBaseException();
            if (cause is OperationCanceledException)
                throw;
            string advice = cause is InvalidOperationException { Message: DisposedImage } ? HowToKeepImages : "";
            throw new InvalidOperationException($"Reading {_set.Name} failed after {last + 1} rows: {cause.Message}{advice}", e);
        }
    }
}
