using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.EventTransforms.Augmenting;

namespace Microsoft.ML;

// What is done with views of data, beside ML.NET's own operations.
public static partial class SnnCatalog
{
    /// <summary>
    /// Change the recordings of a training set at random. This makes a view, not a transform: a model that is fitted to the view knows
    /// nothing of it, and scores recordings as they are.
    /// </summary>
    /// <param name="catalog">The data operations catalog.</param>
    /// <param name="input">The rows, with recordings as LoadEvents gives them.</param>
    /// <param name="columnName">The column of the recordings: <see cref="EventRecordingDataViewType"/>.</param>
    /// <param name="augmentation">The changes.</param>
    /// <param name="copies">How often each row is in the result, changed in another way each time; at least 1.</param>
    /// <param name="seed">The seed; null (default): drawn from the <see cref="MLContext"/>'s generator.</param>
    /// <returns>
    /// All rows, then all rows again, and so on. A row is changed in the same way each time that it is read, so also in each epoch of a
    /// training.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// There are no <paramref name="copies"/>, or <paramref name="columnName"/> is no column of recordings.
    /// </exception>
    /// <example>
    /// <code>
    /// var loading = ml.Transforms.LoadEvents("Events", eventFolder: "recordings", inputColumnName: "Path").Fit(data);
    /// var jitter = new EventAugmentation { TimeJitter = TimeSpan.FromMilliseconds(1), SpatialJitter = 0.5 };
    /// IDataView augmented = ml.Data.AugmentEvents(loading.Transform(data), "Events", jitter, copies: 4);
    /// var pipeline = ml.Transforms.AccumulateEvents("Features", "Events", height: 34, width: 34, timeSteps: 5)
    ///     .Append(ml.MulticlassClassification.Trainers.SpikingResNet(epochs: 20));
    /// // From paths to scores, without the changes.
    /// ITransformer model = loading.Append(pipeline.Fit(augmented));
    /// </code>
    /// </example>
    public static IDataView AugmentEvents(
        this DataOperationsCatalog catalog, IDataView input, string columnName, EventAugmentation augmentation, int copies = 1,
        int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentException.ThrowIfNullOrEmpty(columnName);
        ArgumentNullException.ThrowIfNull(augmentation);
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        IHost host = CatalogUtils.GetEnvironment(catalog).Register(nameof(AugmentEvents));
        int first = seed ?? host.Rand.Next();
        IDataView[] views =
        [
            .. Enumerable.Range(0, copies).Select(copy =>
                new EventAugmentingTransformer(host, augmentation, unchecked(first + copy), columnName).Transform(input)),
        ];
        return copies == 1 ? views[0] : AppendRowsDataView.Create(host, views[0].Schema, views);
    }
}
