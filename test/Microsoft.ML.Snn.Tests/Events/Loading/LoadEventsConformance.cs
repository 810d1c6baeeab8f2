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
