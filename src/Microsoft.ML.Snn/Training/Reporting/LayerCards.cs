using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>The layers over the epochs: how often they fired, and, where it was measured, what gradients did in them.</summary>
internal static class LayerCards
{
    private const int MostColumns = 60;

    /// <param name="epochs">Those to draw.</param>
    /// <param name="maxSpikes">The most spikes that a neuron sends in a time step.</param>
    public static Html FiringRates(IReadOnlyList<EpochRecord> epochs, int maxSpikes)
    {
        EpochRecord[] columns = [.. ReportPage.Thinned(epochs, MostColumns)];
        IReadOnlyList<LayerFiringRate> layers = columns[^1].Metrics.LayerFiringRates;
        return new HeatMap
        {
            Id = "firing-rates",
            Title = "Firing rates (spikes per neuron and time step)",
            Description = $"A row for each of {layers.Count} layers, from input to output, and a column for each epoch.",
            Epochs = [.. columns.Select(epoch => epoch.Metrics.Epoch)],
            Rows = [.. layers.Select((layer, i) =>
                new HeatRow(layer.Name, [.. columns.Select(epoch => epoch.Metrics.LayerFiringRates[i].Rate)]))],
            IsMarked = rate => LayerFiringRate.IsDead(rate) || LayerFiringRate.IsSaturated(rate, maxSpikes),
            MarkedMeaning = "fires hardly ever, or nearly always",
        }.Draw();
    }

    /// <summary>Empty where nothing was measured.</summary>
    public static Html Diagnostics(IReadOnlyList<EpochRecord> epochs)
    {
        TrainingMetrics[] measured = [.. epochs.Select(epoch => epoch.Metrics).Where(metrics => metrics.Diagnostics is not null)];
        if (measured.Length == 0)
            return $"";
        TrainingMetrics[] ends = measured.Length == 1 ? measured : [measured[0], measured[^1]];
        TrainingDiagnostics latest = ends[^1].Diagnostics!;
        return $"""
            {Gradients("weight-gradients", "Gradient norms of weights, dL/dW", ends, layer => layer.WeightGradientNorm)}
            {Gradients("input-gradients", "Gradient norms of input currents, dL/dx", ends, layer => layer.InputGradientNorm)}
            {(latest.Blocks.Count > 0 ? Isometry(ends) : null)}
            <section class="card wide" id="diagnostics">
            <h2>Layers after epoch {ends[^1].Epoch}, on {latest.Samples} samples of the probe</h2>
            <p>Input x and membrane potential u in thresholds; window: share of potentials within half a
            surrogate's width of a threshold.</p>
            {LayerTable(latest)}</section>

            """;
    }

    private static Html Gradients(string id, string title, TrainingMetrics[] epochs, Func<LayerDiagnostics, double> norm) => new LineChart
    {
        Id = id,
        Title = title,
        Description = "The norm in each layer, from input to output: it shows gradients that vanish or grow on their way back.",
        XTitle = "layer",
        XName = layer => epochs[^1].Diagnostics!.Layers[layer - 1].Name,
        Lines = [.. epochs.Select(metrics => new ChartLine(
            $"after epoch {metrics.Epoch}", [.. metrics.Diagnostics!.Layers.Select((layer, i) => (i + 1, norm(layer)))]))],
        IsLogarithmic = true,
        ShowsLatest = false,
    }.Draw();

    private static Html Isometry(TrainingMetrics[] epochs)
    {
        IReadOnlyList<BlockIsometry> latest = epochs[^1].Diagnostics!.Blocks;
        Html chart = new LineChart
        {
            Id = "isometry",
            Title = "Block isometry, phi",
            Description = "By how much each path between two tdBNs multiplies a gradient's mean square; 1 keeps it.",
            XTitle = "path",
            XName = path => $"{latest[path - 1].Source} to {latest[path - 1].Name}",
            Lines =
            [
                .. epochs.Select(metrics => new ChartLine(
                    $"after epoch {metrics.Epoch}", [.. metrics.Diagnostics!.Blocks.Select((block, i) => (i + 1, block.Phi))])),
                new("predicted of it", [.. latest.Select((block, i) => (i + 1, block.PredictedPhi))]),
            ],
            IsLogarithmic = true,
            ShowsLatest = false,
            Reference = 1,
        }.Draw();
        IEnumerable<string[]> rows = latest.Select(block => (string[])
        [
            $"{block.Source} to {block.Name}", $"{Quantity.Number(block.Phi)} ± {Quantity.Error(block.StandardError)}",
            Quantity.Number(block.PredictedPhi), Quantity.Number(block.Spread), Quantity.Number(block.InputSecondMoment),
            Quantity.Number(block.OutputSecondMoment),
        ]);
        return $"""
            {chart}<section class="card wide" id="paths"><h2>Paths after epoch {epochs[^1].Epoch}</h2>
            {ReportTable.Draw(
                "Block isometry", ["path", "phi", "predicted", "spread", "mean square of input", "mean square of output"], rows)}</section>

            """;
    }

    private static Html LayerTable(TrainingDiagnostics diagnostics) => ReportTable.Draw(
        "Layers",
        ["layer", "firing rate", "never fire", "always fire", "window", "x mean", "x dev.", "u mean", "u dev.", "dL/dx", "dL/dW"],
        diagnostics.Layers.Select(layer => (string[])
        [
            layer.Name, Quantity.Number(layer.FiringRate), Quantity.Percent(layer.NeverFiring), Quantity.Percent(layer.AlwaysFiring),
            Quantity.Percent(layer.InWindow), Quantity.Number(layer.InputMean), Quantity.Number(layer.InputDeviation),
            Quantity.Number(layer.MembraneMean), Quantity.Number(layer.MembraneDeviation), Quantity.Number(layer.InputGradientNorm),
            Quantity.Number(layer.WeightGradientNorm),
        ]));
}
