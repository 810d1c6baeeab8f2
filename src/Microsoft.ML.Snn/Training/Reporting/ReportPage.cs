using Microsoft.ML.Snn.Training.Checkpoints;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>
/// A run as one HTML page, which is XML too: without scripts and without anything from elsewhere. While the run goes on, the page loads
/// itself again.
/// </summary>
internal static class ReportPage
{
    public const int RefreshSeconds = 15;

    // More would be no wider than a pixel.
    private const int MostEpochs = 300;

    /// <param name="facts">Of the run.</param>
    /// <param name="history">Its epochs.</param>
    /// <param name="state">How far it is.</param>
    /// <param name="now">Time of writing.</param>
    public static Html Of(RunFacts facts, TrainingHistory history, RunState state, DateTimeOffset now)
    {
        bool isRunning = state.Stage == RunStage.Running;
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:" />
            {(isRunning ? (Html)$"""<meta http-equiv="refresh" content="{RefreshSeconds}" />""" : null)}
            <link rel="icon" href="data:," />
            <title>{Progress(facts, history, state)}: {facts.Network}</title>
            <style>{Style}</style>
            </head>
            <body>
            <header>
            <h1>Training of {facts.Network}</h1>
            <p id="status" class="{state.Stage.ToString().ToLowerInvariant()}">{Status(facts, history, state)}</p>
            <p id="written">Written {now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.{(isRunning
                ? $" This page loads itself again every {RefreshSeconds} seconds, until the training has ended." : "")}</p>
            </header>
            <main>
            {Warnings(history.Warnings)}
            {(history.Epochs.Count > 0 ? Figures(history.Epochs) : null)}
            <div class="cards">
            {(history.Epochs.Count > 0 ? Results(facts, history) : null)}
            {DataCard.Draw(facts)}
            <section class="card" id="options"><h2>Options that are not the default</h2>
            {Options(facts.Options)}</section>
            <section class="card" id="run"><h2>Run</h2>
            {ReportTable.Facts("Run", facts.Run)}
            <h2>Machine</h2>
            {ReportTable.Facts("Machine", facts.Machine)}</section>
            {(history.Epochs.Count > 0 ? Epochs(history.Epochs) : null)}
            </div>
            </main>
            </body>
            </html>

            """;
    }

    /// <summary>Every so many-th epoch, the last one for certain.</summary>
    public static IEnumerable<EpochRecord> Thinned(IReadOnlyList<EpochRecord> epochs, int most)
    {
        int step = (epochs.Count + most - 1) / most;
        return epochs.Where((_, index) => (epochs.Count - 1 - index) % step == 0);
    }

    private static Html Style => Raw(ReportStyle.Css);

    private static Html Raw(string markup)
    {
        Html raw = $"";
        raw.AppendLiteral(markup);
        return raw;
    }

    private static string Progress(RunFacts facts, TrainingHistory history, RunState state) => state.Stage switch
    {
        RunStage.Running => $"{history.Epochs.Count}/{facts.Epochs}",
        RunStage.Finished => "Finished",
        _ => "Stopped",
    };

    private static string Status(RunFacts facts, TrainingHistory history, RunState state)
    {
        int done = history.Epochs.Count, left = facts.Epochs - done;
        string count = $"{Quantity.Count(done)} of {Quantity.Count(facts.Epochs)} epochs";
        switch (state.Stage)
        {
            case RunStage.Running:
                // The newest epoch says most of those to come: earlier ones may have had fewer time steps.
                return done == 0
                    ? $"Running: in the first of {Quantity.Count(facts.Epochs)} epochs."
                    : $"Running: {count} are done, about {Quantity.Duration(left * history.Epochs[^1].Total)} are left.";
            case RunStage.Finished:
                string early = left > 0 ? ", as validation no longer improved" : "";
                string model = history.BestConfusion is { } best ? $" The model is that of epoch {best.Epoch}." : "";
                return $"Finished after {count}{early}.{model}";
            default:
                return $"Stopped in epoch {Quantity.Count(state.Epoch)} of {Quantity.Count(facts.Epochs)}: {state.Reason}";
        }
    }

    private static Html? Warnings(IReadOnlyList<string> warnings) => warnings.Count == 0 ? null : (Html)$"""
        <section id="warnings"><h2>{warnings.Count} {(warnings.Count == 1 ? "warning" : "warnings")}</h2>
        <ul>{Html.Each(warnings, warning => $"<li>{warning}</li>")}</ul></section>
        """;

    private static Html Results(RunFacts facts, TrainingHistory history)
    {
        EpochRecord[] shown = [.. Thinned(history.Epochs, MostEpochs)];
        ConfusionCounts? confusion = history.BestConfusion ?? history.Confusion;
        return $"""
            {CurveCards.Scores(shown)}
            {(confusion is null ? null : new ConfusionCard(confusion, facts.Classes).Draw(confusion == history.BestConfusion))}
            {LayerCards.FiringRates(shown, facts.MaxSpikes)}
            {TimeCard.Draw(history.Epochs)}
            {CurveCards.Speed(shown)}
            {LayerCards.Diagnostics(history.Epochs)}

            """;
    }

    private static Html Epochs(IReadOnlyList<EpochRecord> epochs)
    {
        EpochRecord[] shown = [.. Thinned(epochs, MostEpochs)];
        string which = shown.Length == epochs.Count ? "all epochs" : $"{shown.Length} of {Quantity.Count(epochs.Count)} epochs";
        return $"""
            <section class="card wide" id="epochs"><details><summary>Numbers of {which}</summary>
            {CurveCards.Table(shown)}</details></section>

            """;
    }

    private static Html Figures(IReadOnlyList<EpochRecord> epochs)
    {
        TrainingMetrics latest = epochs[^1].Metrics;
        TrainingMetrics? best = epochs.Select(epoch => epoch.Metrics).MaxBy(metrics => metrics.ValidationAccuracy);
        string bestNote = best?.ValidationAccuracy is { } highest ? $"best {Quantity.Percent(highest)} in epoch {best.Epoch}" : "";
        var time = new TimeSpan(epochs.Sum(epoch => epoch.Total.Ticks));
        return $"""
            <dl id="figures">
            {(latest.ValidationAccuracy is { } accuracy ? Figure("Validation accuracy", Quantity.Percent(accuracy), bestNote) : null)}
            {Figure("Training accuracy", Quantity.Percent(latest.Accuracy), $"loss {Quantity.Number(latest.Loss)} nats")}
            {Figure("Firing rate", Quantity.Number(latest.FiringRate), "spikes per neuron and step")}
            {Figure("Synaptic operations", Quantity.Number(latest.SynapticOperations), "a training sample")}
            {Figure("Training speed", $"{Quantity.Number(latest.SamplesPerSecond)}", "samples a second")}
            {Figure("Time", Quantity.Duration(time), $"of {Quantity.Count(epochs.Count)} epochs")}
            </dl>

            """;
    }

    private static Html Figure(string name, string value, string note) =>
        $"<div><dt>{name}</dt><dd>{value}</dd><dd class=\"note\">{note}</dd></div>\n";

    private static Html Options(IReadOnlyList<OptionValue> options) => options.Count == 0
        ? $"<p>All options have their defaults.</p>"
        : ReportTable.Draw(
            "Options", ["option", "value", "default"], options.Select(option => (string[])[option.Name, option.Value, option.Default]),
            isText: true);
}
