using System.Collections;
using System.Text.Json.Serialization;
using Microsoft.ML.Snn;
using WebApp.Models;

namespace WebApp.Endpoints;

/// <summary>What answers are made of.</summary>
/// <param name="Classes">The names of the classes, in the order of the scores.</param>
/// <param name="Trace">What happened in the network.</param>
/// <param name="Damage">What is wrong with the upload; null where nothing is.</param>
internal sealed record ScoredUpload(IReadOnlyList<string> Classes, SpikingTrace Trace, string? Damage);

/// <summary>The answer to an upload.</summary>
/// <param name="Label">The class with the highest score.</param>
/// <param name="Scores">The probability of each class, by name.</param>
/// <param name="StepsUsed">Time steps that the network ran for.</param>
/// <param name="Spikes">Spikes of all neurons.</param>
/// <param name="Additions">Additions that the engine did.</param>
/// <param name="EnergyNanojoules">Estimated energy of the arithmetic: 0.9 pJ an addition, 4.6 pJ a multiply-add.</param>
/// <param name="Damage">What is wrong with the upload, where the model makes do with the rest; left out where nothing is.</param>
internal sealed record Classification(
    string Label, IReadOnlyDictionary<string, float> Scores, int StepsUsed, long Spikes, long Additions, double EnergyNanojoules,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Damage = null)
{
    public static Classification Of(ScoredUpload upload)
    {
        (IReadOnlyList<string> classes, SpikingTrace trace, string? damage) = upload;
        IReadOnlyList<float> scores = trace.ScoresAt(trace.TimeSteps - 1);
        var byName = new OrderedDictionary<string, float>(scores.Count);
        for (int i = 0; i < scores.Count; i++)
            byName[classes[i]] = scores[i];
        return new(classes[trace.PredictedClass], byName, trace.TimeSteps, trace.Spikes, trace.Additions, trace.EnergyNanojoules(), damage);
    }
}

/// <summary>What happened in the network meanwhile.</summary>
/// <param name="Result">The answer to the upload.</param>
/// <param name="Classes">The names of the classes, in the order of the scores.</param>
/// <param name="StepScores">The probabilities after each time step: [T][classes].</param>
/// <param name="Layers">The layers with neurons, in the order of computation.</param>
/// <param name="MultiplyAdds">Multiply-adds that the engine did: on the input, and two for each neuron and step.</param>
/// <param name="DenseMultiplyAdds">Multiply-adds of one pass through a dense network of the same shape.</param>
/// <param name="DenseEnergyNanojoules">Estimated energy of that pass's arithmetic.</param>
internal sealed record Inspection(
    Classification Result, IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<float>> StepScores,
        IReadOnlyList<LayerInspection> Layers,
    long MultiplyAdds, long DenseMultiplyAdds, double DenseEnergyNanojoules)
{
    public static Inspection Of(ScoredUpload upload)
    {
        SpikingTrace trace = upload.Trace;
        return new(
            Classification.Of(upload), upload.Classes, [.. Enumerable.Range(0, trace.TimeSteps).Select(trace.ScoresAt)],
            [.. trace.Layers.Select(layer => LayerInspection.Of(layer, trace.TimeSteps))],
            trace.MultiplyAdds, trace.DenseMultiplyAdds, trace.DenseEnergyNanojoules());
    }
}

/// <summary>The spikes of a layer.</summary>
/// <param name="Name">The layer's name in the network.</param>
/// <param name="Channels">Number of channels C.</param>
/// <param name="Height">Height H of a channel's map.</param>
/// <param name="Width">Width W of a channel's map.</param>
/// <param name="SpikeCounts">Spikes in each time step.</param>
/// <param name="Fired">For each step, base64 of a bit a neuron in the order [C, H, W], the lowest bit of a byte first.</param>
internal sealed record LayerInspection(
    string Name, int Channels, int Height, int Width, IReadOnlyList<int> SpikeCounts, IReadOnlyList<byte[]> Fired)
{
    public static LayerInspection Of(LayerTrace layer, int timeSteps) => new(
        layer.Shape.Name, layer.Shape.Channels, layer.Shape.Height, layer.Shape.Width, layer.SpikeCounts,
        [.. Enumerable.Range(0, timeSteps).Select(step =>
        {
            bool[] fired = new bool[layer.Shape.NeuronCount];
            layer.CopySpikes(step, fired);
            byte[] bits = new byte[(fired.Length + 7) / 8];
            new BitArray(fired).CopyTo(bits, 0);
            return bits;
        })]);
}

/// <summary>Whether the service can classify.</summary>
/// <param name="Status">"ok", or "no model" where one that it is set up with is missing.</param>
/// <param name="Pictures">The model of pictures; null while there is none.</param>
/// <param name="Recordings">The model of recordings; null while there is none.</param>
internal sealed record Health(string Status, ModelHealth? Pictures, ModelHealth? Recordings)
{
    private const string _ok = "ok";

    [JsonIgnore]
    public bool IsOk => Status == _ok;

    public static Health Of(ModelHost models)
    {
        bool isComplete = models.Pictures.Model is not null && (models.Recordings is null || models.Recordings.Model is not null);
        return new(isComplete ? _ok : "no model", ModelHealth.Of(models.Pictures.Model), ModelHealth.Of(models.Recordings?.Model));
    }
}

/// <summary>A model that the service has.</summary>
/// <param name="Classes">Number of classes.</param>
/// <param name="TimeSteps">Time steps.</param>
internal sealed record ModelHealth(int Classes, int TimeSteps)
{
    public static ModelHealth? Of(IServedModel? model) => model is null ? null : new(model.Classes.Count, model.Network.TimeSteps);
}
