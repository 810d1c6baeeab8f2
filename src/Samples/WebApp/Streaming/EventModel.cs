using Microsoft.Extensions.Options;
using Microsoft.ML;
using Microsoft.ML.Snn;

namespace WebApp.Streaming;

/// <summary>The model of event recordings, which all streams share; loaded when the service starts.</summary>
internal sealed class EventModel
{
    private readonly MLContext _context = new();
    private readonly ITransformer _model;

    /// <exception cref="InvalidDataException">The zip is damaged or holds no model of event recordings whose classes have names.</exception>
    public EventModel(IOptions<ServiceOptions> options)
    {
        string path = options.Value.EventModel ?? throw new InvalidOperationException("The service is set up without an event model.");
        try
        {
            _model = _context.Model.Load(path, out _);
            FoldedNetwork network = CreateSession(1).Network;
            Classes = [.. network.ClassLabels ?? throw new InvalidDataException("Its classes have no names.")];
        }
        // What ML.NET throws depends on where the damage lies.
        catch (Exception e) when (e is not (FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException))
        {
            throw new InvalidDataException($"'{path}' is not a model of event recordings that can be used here: {e.Message}", e);
        }
    }

    /// <summary>The names of the classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>A session for one stream.</summary>
    /// <param name="sliceEvents">Events of each slice, at least 1: the scores are renewed so often.</param>
    public EventStreamSession CreateSession(int sliceEvents) => _context.Model.CreateEventStreamSession(
        _model, new EventStreamSession.Options { Slicing = EventSlicing.FixedCount, SliceEvents = sliceEvents });
}
