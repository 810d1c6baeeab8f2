using Microsoft.ML.Snn.Tests.Conformance;

namespace Microsoft.ML.Snn.Tests.Events;

public sealed class LoadEventsConformance : EstimatorConformance, IDisposable
{
    private readonly RecordingFolder _folder = new();
    private readonly string[] _files;

    public LoadEventsConformance()
    {
        int seed = 0;
        _files = [.. EventFiles.Kinds.Select(kind => _folder.Write(kind.Key, kind.Value(EventFiles.Make(50 + 10 * seed, seed++)))), ""];
    }

    protected override string[] OutputColumns => ["Events"];

    protected override string RequiredInput => "Path";

    public void Dispose() => _folder.Dispose();

    protected override IEstimator<ITransformer> CreateEstimator(MLContext context) =>
        context.Transforms.LoadEvents("Events", _folder.Path, "Path");

    protected override IDataView CreateData(MLContext context) =>
        context.Data.LoadFromEnumerable(_files.Select((path, id) => new Row { Id = id, Path = path }).ToArray());

    protected override IEnumerable<(IDataView Data, string Named)> InvalidData(MLContext context)
    {
        IDataView data = CreateData(context);
        yield return (context.Transforms.DropColumns("Path").Fit(data).Transform(data), "Path");
        yield return (context.Transforms.CopyColumns("Path", nameof(Row.Id)).Fit(data).Transform(data), "Path");
    }

    private sealed class Row
    {
        public int Id { get; set; }

        public string Path { get; set; } = "";
    }
}

/// <summary>Rows that are parts of files.</summary>
public sealed class LoadPartsConformance : EstimatorConformance, IDisposable
{
    private readonly RecordingFolder _folder = new();

    public LoadPartsConformance() => _folder.Write("one", EventFiles.Evt3(EventFiles.Make(400)));

    protected override string[] OutputColumns => ["Events"];

    protected override string RequiredInput => "From";

    protected override string[] Inputs => ["Path", "From", "To"];

    public void Dispose() => _folder.Dispose();

    protected override IEstimator<ITransformer> CreateEstimator(MLContext context) =>
        context.Transforms.LoadEvents(new EventLoadingEstimator.Options
        {
            OutputColumnName = "Events",
            InputColumnName = "Path",
            StartTimeColumnName = "From",
            EndTimeColumnName = "To",
            EventFolder = _folder.Path,
        });

    protected override IDataView CreateData(MLContext context) => context.Data.LoadFromEnumerable(Enumerable.Range(0, 6)
        .Select(i => new Row { Id = i, Path = i == 4 ? "" : "one", From = 1000 + 300 * i, To = 1400 + 350 * i }).ToArray());

    protected override IEnumerable<(IDataView Data, string Named)> InvalidData(MLContext context)
    {
        IDataView data = CreateData(context);
        foreach (string column in Inputs)
            yield return (context.Transforms.DropColumns(column).Fit(data).Transform(data), column);
        yield return (context.Transforms.CopyColumns("To", nameof(Row.Id)).Fit(data).Transform(data), "To");
        yield return (context.Transforms.CopyColumns("From", "Path").Fit(data).Transform(data), "From");
    }

    private sealed class Row
    {
        public int Id { get; set; }

        public string Path { get; set; } = "";

        public long From { get; set; }

        public long To { get; set; }
    }
}
