using System.Collections.Immutable;

namespace PaperFigures;

/// <summary>How much is computed.</summary>
internal sealed record StudySizes
{
    /// <summary>Less than an hour on two cores.</summary>
    public static StudySizes Default { get; } = new() { Name = "default" };

    /// <summary>A minute: nothing is trained but the few steps of figure (a).</summary>
    public static StudySizes Quick { get; } = new()
    {
        Name = "quick", Seeds = 1, Steps = 3, IsometryVectors = 4, Epochs = 0, TrainingPictures = 2000, TestPictures = 200,
        TracedPictures = 20,
    };

    /// <summary>A sixth of an epoch of CIFAR-10 in figure (a), as in the paper; figure (f) trained for each number of time steps.</summary>
    public static StudySizes Full { get; } = new()
    {
        Name = "full", Steps = 167, Epochs = 4, OperationTraining = [1, 2, 4], LargeSteps = 300,
    };

    public required string Name { get; init; }

    /// <summary>Networks of a curve, with the seeds 1, 2, ...</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>Training steps of figure (a).</summary>
    public int Steps { get; init; } = 20;

    public int BatchSize { get; init; } = 50;

    /// <summary>Random vectors that measure the isometry of a block.</summary>
    public int IsometryVectors { get; init; } = 8;

    /// <summary>Layers of the network of figures (a) to (d), output layer included: 2 + 6 times a stage's blocks.</summary>
    public int Depth { get; init; } = 20;

    /// <summary>Channels of the stem of the networks of figures (a) to (e).</summary>
    public int Width { get; init; } = 16;

    /// <summary>Layers of the networks of figure (e).</summary>
    public ImmutableArray<int> Depths { get; init; } = [8, 14, 20, 32, 44];

    /// <summary>Those of <see cref="Depths"/> that are trained.</summary>
    public ImmutableArray<int> TrainedDepths { get; init; } = [8, 20, 44];

    public int TrainingPictures { get; init; } = 10_000;

    /// <summary>Held-out pictures, on which accuracy is measured.</summary>
    public int TestPictures { get; init; } = 1000;

    /// <summary>Epochs of figures (d) to (f); 0 for untrained networks.</summary>
    public int Epochs { get; init; } = 2;

    /// <summary>Held-out pictures whose operations are counted.</summary>
    public int TracedPictures { get; init; } = 200;

    /// <summary>Factor on the widths of the networks of figure (f).</summary>
    public double OperationWidth { get; init; } = 1;

    /// <summary>Time steps for which figure (f) trains its networks; other numbers are scored with the nearest one's weights.</summary>
    public ImmutableArray<int> OperationTraining { get; init; } = [2];

    /// <summary>Training steps of the largest network of figure (f): 0 leaves its weights as they were drawn.</summary>
    public int LargeSteps { get; init; }
}
