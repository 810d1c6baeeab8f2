#:project ../src/Microsoft.ML.Snn
#:package Microsoft.ML.ImageAnalytics

// Draws what a network does with a picture: dotnet run -c Release docs/spikes.cs -- model.zip picture.png spikes.svg
// The picture must have the network's size. A row for each place where the maps change their size, a column for each time step: the spikes
// of the layer's busiest channels that differ; below them the probability of each class after the step.
using System.Globalization;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Snn;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Cell = 96, Gap = 10, Left = 240, Top = 30, ChannelsShown = 2;
SpikingNetwork network = SpikingNetwork.Load(args[0]);
(int height, int width) = (network.InputShape[^2], network.InputShape[^1]);
using MLImage image = MLImage.CreateFromFile(args[1]);
if (image.Height != height || image.Width != width)
    throw new ArgumentException($"'{args[1]}' is {image.Width} x {image.Height}; the network takes {width} x {height}.");

// [C, H, W], as ExtractPixels gives it: red, green, blue, 0 to 255.
float[] features = new float[network.FeatureCount];
for (int i = 0; i < height * width; i++)
{
    for (int c = 0; c < 3; c++)
        features[c * height * width + i] = image.Pixels[4 * i + (image.PixelFormat == MLPixelFormat.Bgra32 ? 2 - c : c)];
}
SpikingTrace trace = network.Trace(features);
LayerTrace[] layers = [.. trace.Layers.Where(layer => layer.Shape.Height > 1).GroupBy(layer => layer.Shape.Height).Select(group => group.Last())];

int picture = ChannelsShown * Cell + Gap, step = picture + 2 * Gap;
int bars = Top + layers.Length * (Cell + 3 * Gap), bottom = bars + network.ClassCount * 14 + Gap, right = Left + trace.TimeSteps * step;
var svg = new StringBuilder();
svg.Append($"""
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" width="{right}" font-family="sans-serif" font-size="13">
    <title>Spikes of a network, layer by layer and step by step, and its answer</title>
    <rect width="100%" height="100%" fill="#fff"/>

    """);
for (int t = 0; t < trace.TimeSteps; t++)
    Text(Left + t * step, Top - Gap, $"time step {t + 1}");
for (int row = 0; row < layers.Length; row++)
{
    LayerTrace layer = layers[row];
    int top = Top + row * (Cell + 3 * Gap);
    Text(Gap, top + 14, $"{layer.Shape.Channels} x {layer.Shape.Height} x {layer.Shape.Width}");
    Text(Gap, top + 32, $"{(double)layer.SpikeCounts.Sum() / layer.Shape.NeuronCount / trace.TimeSteps:P0} fire");
    int[] channels = Busiest(layer);
    for (int t = 0; t < trace.TimeSteps; t++)
    {
        bool[] spikes = Spikes(layer, t);
        for (int i = 0; i < channels.Length; i++)
            Map(Left + t * step + i * (Cell + Gap), top, layer.Shape, spikes, channels[i]);
    }
}
Text(Gap, bars + 14, "probabilities after the step");
Text(Left - Cell - 2 * Gap, Top - Gap, "picture");
Picture(Left - Cell - 2 * Gap, Top);
for (int t = 0; t < trace.TimeSteps; t++)
{
    float[] scores = [.. trace.ScoresAt(t)];
    int best = Array.IndexOf(scores, scores.Max());
    for (int k = 0; k < network.ClassCount; k++)
    {
        int x = Left + t * step, y = bars + k * 14;
        Text(x, y + 11, network.ClassLabels?[k] ?? $"{k}", size: 11);
        svg.AppendLine($"""<rect x="{x + 60}" y="{y + 2}" width="{Math.Max(1, scores[k] * 130):F0}" height="10" fill="{(k == best ? "#c2410c" : "#cbd5e1")}"/>""");
    }
}
File.WriteAllText(args[2], svg.AppendLine("</svg>").ToString().ReplaceLineEndings("\n"));
Console.WriteLine($"{args[2]}: {trace.Spikes} spikes, {trace.SynapticOperations} synaptic operations");

// The channels that fire most among those that are neither silent nor firing throughout, since these show no picture.
static int[] Busiest(LayerTrace layer)
{
    int pixels = layer.Shape.Height * layer.Shape.Width;
    bool[][] steps = [.. Enumerable.Range(0, layer.SpikeCounts.Count).Select(step => Spikes(layer, step))];
    return [.. Enumerable.Range(0, layer.Shape.Channels)
        .OrderByDescending(c => steps.Min(spikes => Enumerable.Range(0, pixels).Count(i => spikes[c * pixels + i]) is int n && n < 0.6 * pixels ? n : 0))
        .Take(ChannelsShown)];
}

static bool[] Spikes(LayerTrace layer, int step)
{
    bool[] spikes = new bool[layer.Shape.NeuronCount];
    layer.CopySpikes(step, spikes);
    return spikes;
}

void Map(int x, int y, SpikingLayerShape layer, bool[] spikes, int channel)
{
    double size = (double)Cell / layer.Width;
    svg.Append($"""<rect x="{x}" y="{y}" width="{Cell}" height="{Cell}" fill="#f1f5f9"/><path fill="#c2410c" transform="translate({x} {y}) scale({size:G6})" d=""" + "\"");
    for (int row = 0; row < layer.Height; row++)
    {
        for (int column = 0; column < layer.Width; column++)
        {
            if (spikes[(channel * layer.Height + row) * layer.Width + column])
                svg.Append($"M{column} {row}h.9v.9h-.9z");
        }
    }
    svg.AppendLine("\"/>");
}

void Picture(int x, int y)
{
    int pixels = height * width;
    double size = (double)Cell / width;
    svg.AppendLine($"""<g transform="translate({x} {y}) scale({size:G6})" shape-rendering="crispEdges">""");
    for (int i = 0; i < pixels; i++)
        svg.AppendLine($"""<path fill="#{(int)features[i]:x2}{(int)features[pixels + i]:x2}{(int)features[2 * pixels + i]:x2}" d="M{i % width} {i / width}h1v1h-1z"/>""");
    svg.AppendLine("</g>");
}

void Text(int x, int y, string text, int size = 13) =>
    svg.AppendLine($"""<text x="{x}" y="{y}" font-size="{size}" fill="#334155">{System.Security.SecurityElement.Escape(text)}</text>""");
