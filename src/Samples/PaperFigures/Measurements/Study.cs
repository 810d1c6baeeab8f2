using PaperFigures.Networks;
using PaperFigures.Pictures;
using PaperFigures.Results;

namespace PaperFigures.Measurements;

/// <summary>What all figures share: pictures, sizes, results that are kept; and the measurements that several of them make.</summary>
internal sealed class Study(StudyPictures pictures, StudySizes sizes, ResultStore results, CancellationToken cancellation)
{
    /// <summary>T of figures (a), (b), (d) and (e).</summary>
    public const int TimeSteps = 2;

    /// <summary>Start of a cosine to 0 in figures (d) to (f).</summary>
    public const double LearningRate = 0.05;

    // Of figure (a): small, so that networks stay near their start.
    private const double _gradientLearningRate = 0.02;

    public StudyPictures Pictures => pictures;

    public StudySizes Sizes => sizes;

    public CancellationToken Cancellation => cancellation;

    public IEnumerable<int> Seeds => Enumerable.Range(1, sizes.Seeds);

    /// <summary>Steps of <see cref="StudySizes.Epochs"/>.</summary>
    public int StepsOfTraining => sizes.Epochs * (pictures.Train.Count / sizes.BatchSize);

    /// <summary>The batch that untrained networks are measured on.</summary>
    public int[] FirstBatch(int seed) => pictures.Train.ShuffledBatches(sizes.BatchSize, seed).First();

    /// <summary>What is computed once and kept.</summary>
    public Table Keep(string name, string key, Func<Table> compute)
    {
        cancellation.ThrowIfCancellationRequested();
        return results.Get(name, $"{key} batch {sizes.BatchSize}", compute);
    }

    /// <summary>
    /// Trains for some steps and measures each: columns step, layer (from 1, the stem's neurons left out), current_gradient,
    /// weight_gradient, firing_rate, loss.
    /// </summary>
    public Table Gradients(string name, NetworkSpecification network, int seed, int steps) =>
        Keep($"{name} seed {seed}", $"gradients {network.Key} T {TimeSteps} steps {steps}", () =>
        {
            var table = new Table("step", "layer", "current_gradient", "weight_gradient", "firing_rate", "loss");
            var tap = new GradientTap();
            using IStudiedNetwork trained = network.Create(seed, tap);
            using var training = new TrainingSteps(trained, TimeSteps);
            int step = 0;
            foreach (int[] batch in pictures.Train.ShuffledBatches(sizes.BatchSize, seed).Take(steps))
            {
                cancellation.ThrowIfCancellationRequested();
                step++;
                tap.Clear();
                double loss = training.Step(pictures.Train, batch, steps > 1 ? _gradientLearningRate : 0);
                double[] rates = [.. trained.FiringRates.Select(layer => layer.Rate)];
                for (int layer = 1; layer < tap.Layers.Count; layer++)
                {
                    string layerName = tap.Layers[layer];
                    table.Add(step, layer, tap.Norm(layerName), training.WeightGradient(layerName), rates[layer], loss);
                }
            }
            return table;
        });

    /// <summary>The same for the first batch of an untrained network, which stays as it is.</summary>
    public Table Start(NetworkSpecification network, int seed) => Gradients($"start {network.Label}", network, seed, 1);

    /// <summary>Trains for <see cref="StudySizes.Epochs"/>: columns epoch, loss, accuracy (of held-out pictures), firing_rate.</summary>
    public Table Train(NetworkSpecification network, int seed) =>
        Keep($"training {network.Label} seed {seed}", $"{network.Key} T {TimeSteps} epochs {sizes.Epochs} rate {LearningRate}", () =>
        {
            using IStudiedNetwork trained = network.Create(seed);
            return Train(trained, TimeSteps, seed, StepsOfTraining);
        });

    /// <summary>The same for a network that goes on to be used.</summary>
    public Table Train(IStudiedNetwork network, int timeSteps, int seed, int steps)
    {
        var table = new Table("epoch", "loss", "accuracy", "firing_rate");
        using var training = new TrainingSteps(network, timeSteps);
        int perEpoch = Math.Min(steps, pictures.Train.Count / sizes.BatchSize), step = 0;
        double loss = 0, rate = 0;
        foreach (int[] batch in pictures.Train.ShuffledBatches(sizes.BatchSize, seed).Take(steps))
        {
            cancellation.ThrowIfCancellationRequested();
            loss += training.Step(pictures.Train, batch, LearningRate * (1 + Math.Cos(Math.PI * step / steps)) / 2) / perEpoch;
            rate += network.FiringRates.Select(layer => layer.Rate).DefaultIfEmpty(double.NaN).Average() / perEpoch;
            if (++step % perEpoch != 0)
                continue;
            table.Add(step / perEpoch, loss, TrainingSteps.Accuracy(network, pictures.Test, timeSteps), rate);
            (loss, rate) = (0, 0);
        }
        return table;
    }
}
