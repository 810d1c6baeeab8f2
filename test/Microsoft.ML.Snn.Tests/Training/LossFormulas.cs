using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Torch;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>What training minimizes, and its gradient by the outputs, against plain loops in float64 and differences.</summary>
public class LossFormulas
{
    private const int Steps = 3, Count = 5;

    /// <summary>What the samples are to teach.</summary>
    public sealed record Targets(long[] Labels, float[] Teacher);

    /// <summary>Of the outputs z[t][n][class]: the mean loss of the samples.</summary>
    public delegate double Formula(double[][][] outputs, Targets targets);

    public static TheoryData<string, Action<SpikingResNetTrainer.Options>, Formula> Losses() => new()
    {
        { "mean cross-entropy", _ => { }, MeanCrossEntropy },
        { "temporal", options => options.Loss = SpikingLoss.Temporal, Temporal },
        {
            "TET", options => options.Loss = SpikingLoss.TemporalEfficientTraining(),
            (z, targets) => 0.95 * Temporal(z, targets) + 0.05 * Distance(z, new LifNeuronOptions().Threshold)
        },
        {
            "TET, target of its own", options => options.Loss = SpikingLoss.TemporalEfficientTraining(0.3, target: -2),
            (z, targets) => 0.7 * Temporal(z, targets) + 0.3 * Distance(z, -2)
        },
        {
            "self-distillation", options => options.SelfDistillation = new(weight: 0.7, temperature: 2),
            (z, targets) => MeanCrossEntropy(z, targets) + 0.7 * FromFixedMean(z, 2)
        },
        {
            "teacher",
            options => (options.TeacherScoreColumnName, options.TeacherDistillation) = ("T", new(weight: 0.4, temperature: 5)),
            (z, targets) => MeanCrossEntropy(z, targets) + 0.4 * FromTeacher(z, targets, 5)
        },
        {
            "teacher by default, of the temporal loss, and self-distillation",
            options => (options.TeacherScoreColumnName, options.Loss, options.SelfDistillation) = ("T", SpikingLoss.Temporal, new()),
            (z, targets) => Temporal(z, targets) + 0.2 * FromTeacher(z, targets, 3) + 0.5 * FromFixedMean(z, 3)
        },
        {
            "self-distillation of TET",
            options => (options.Loss, options.SelfDistillation) = (SpikingLoss.TemporalEfficientTraining(), new()),
            (z, targets) => 0.95 * Temporal(z, targets) + 0.05 * Distance(z, 0.5) + 0.5 * FromFixedMean(z, 3)
        },
    };

    [Theory, MemberData(nameof(Losses), DisableDiscoveryEnumeration = true)]
    public void The_loss_and_its_gradient_by_the_outputs_are_those_of_the_formula(
        string name, Action<SpikingResNetTrainer.Options> set, Formula formula)
    {
        TrainingPlan plan = Plan(set);
        using DisposeScope scope = NewDisposeScope();
        Batch batch = MakeBatch(plan);
        Tensor outputs = Outputs().requires_grad_();
        Tensor loss = new BatchLoss(plan, plan.Phases[0]).OfOutputs(outputs, batch, meanWeight: 1, training: true).Loss;
        loss.backward();
        double[][][] values = Values(outputs.detach());
        Assert.True(Math.Abs(formula(values, Of(batch)) - loss.ToDouble()) < 1e-5, name);
        double[][][] gradient = Values(outputs.grad!);
        const double step = 1e-4;
        for (int i = 0; i < Steps * Count * TinyImages.Classes.Length; i++)
        {
            (int t, int n, int c) = (i / (Count * 3), i / 3 % Count, i % 3);
            double z = values[t][n][c];
            values[t][n][c] = z + step;
            double above = formula(values, Of(batch));
            values[t][n][c] = z - step;
            double below = formula(values, Of(batch));
            values[t][n][c] = z;
            Assert.True(Math.Abs((above - below) / (2 * step) - gradient[t][n][c]) < 2e-6, $"{name}, z[{t}][{n}][{c}]");
        }
    }

    [Theory, MemberData(nameof(Losses), DisableDiscoveryEnumeration = true)]
    public void Validation_measures_the_cross_entropy_alone(string name, Action<SpikingResNetTrainer.Options> set, Formula formula)
    {
        TrainingPlan plan = Plan(set);
        using DisposeScope scope = NewDisposeScope();
        Batch batch = MakeBatch(plan);
        double loss = new BatchLoss(plan, plan.Phases[0]).OfOutputs(Outputs(), batch, 1, training: false).Loss.ToDouble();
        double[][][] values = Values(Outputs());
        Assert.True(Math.Abs((plan.Loss.IsPerStep ? Temporal(values, Of(batch)) : MeanCrossEntropy(values, Of(batch))) - loss) < 1e-5, name);
        Assert.True(double.IsFinite(formula(values, Of(batch))));
    }

    [Theory, MemberData(nameof(Losses), DisableDiscoveryEnumeration = true)]
    public void Weights_of_samples_weigh_all_of_a_samples_loss(string name, Action<SpikingResNetTrainer.Options> set, Formula formula)
    {
        TrainingPlan plan = Plan(options =>
        {
            set(options);
            options.ExampleWeightColumnName = nameof(TinyImages.Row.Weight);
        });
        using DisposeScope scope = NewDisposeScope();
        Batch batch = MakeBatch(plan);
        for (int n = 0; n < Count; n++)
            batch.Weights[n] = n == 2 ? Count : 0;
        double loss = new BatchLoss(plan, plan.Phases[0]).OfOutputs(Outputs(), batch, 1, training: true).Loss.ToDouble();
        Assert.True(Math.Abs(formula(Alone(Values(Outputs()), 2), Of(Alone(plan, batch, 2))) - loss) < 1e-5, name);
    }

    /// <summary>With shares of 1/2, twice the loss of a mixed sample is that of the two labels' samples, whatever else is learned.</summary>
    [Theory, MemberData(nameof(Losses), DisableDiscoveryEnumeration = true)]
    public void A_mixed_sample_has_the_losses_of_both_labels(string name, Action<SpikingResNetTrainer.Options> set, Formula formula)
    {
        TrainingPlan plan = Plan(options =>
        {
            set(options);
            options.ExampleWeightColumnName = nameof(TinyImages.Row.Weight);
        });
        using DisposeScope scope = NewDisposeScope();
        Batch batch = MakeBatch(plan), others = MakeBatch(plan);
        var mix = new LabelMix(Count);
        for (int n = 0; n < Count; n++)
        {
            (others.Labels[n], mix.Shares[n]) = ((n + 1 + n / 2) % 3, 0.5f);
            // Only the third sample counts: for 2 with its own label, for 1 with the other.
            (batch.Weights[n], mix.Weights[n]) = n == 2 ? (2 * Count, Count) : (0, 0);
        }
        others.Labels.CopyTo(mix.Labels, 0);
        batch.Mix = mix;
        double loss = new BatchLoss(plan, plan.Phases[0]).OfOutputs(Outputs(), batch, 1, training: true).Loss.ToDouble();
        double[][][] outputs = Alone(Values(Outputs()), 2);
        double expected = formula(outputs, Of(Alone(plan, batch, 2))) + formula(outputs, Of(Alone(plan, others, 2))) / 2;
        Assert.True(Math.Abs(expected - loss) < 2e-5, name);
    }

    [Fact]
    public void No_regularization_is_the_temporal_loss_to_the_bit()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(SpikingLoss.Temporal, SpikingLoss.TemporalEfficientTraining(regularization: 0));
        Assert.NotEqual(SpikingLoss.Temporal, SpikingLoss.TemporalEfficientTraining());
        Assert.NotEqual(SpikingLoss.Temporal, SpikingLoss.MeanCrossEntropy);
        float[] expected = Gradient(SpikingLoss.Temporal);
        Assert.Equal(expected, Gradient(SpikingLoss.TemporalEfficientTraining(regularization: 0)));

        float[] Gradient(SpikingLoss kind)
        {
            TrainingPlan plan = Plan(options => options.Loss = kind);
            Tensor outputs = Outputs().requires_grad_();
            new BatchLoss(plan, plan.Phases[0]).OfOutputs(outputs, MakeBatch(plan), 1, training: true).Loss.backward();
            return TensorMemory.ToArray(outputs.grad!);
        }
    }

    [Fact]
    public void A_single_time_step_of_an_early_phase_has_nothing_to_learn_from_itself()
    {
        using DisposeScope scope = NewDisposeScope();
        TrainingPlan plan = Plan(options => options.SelfDistillation = new()), plain = Plan(_ => { });
        Batch batch = MakeBatch(plan);
        using Tensor step = Outputs()[0].unsqueeze(0);
        Assert.Equal(Loss(plain), Loss(plan));

        float Loss(TrainingPlan plan) =>
            new BatchLoss(plan, plan.Phases[0]).OfOutputs(step, batch, 1, training: true).Loss.item<float>();
    }

    private static TrainingPlan Plan(Action<SpikingResNetTrainer.Options> set)
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.TimeSteps = Steps;
        set(options);
        return TinyImages.Plan(options);
    }

    private static Batch MakeBatch(TrainingPlan plan)
    {
        int classes = TinyImages.Classes.Length;
        var batch = new Batch(Count, plan.Shape.Length, classes);
        for (int n = 0; n < Count; n++)
        {
            (batch.Labels[n], batch.Weights[n]) = (n % classes, 1);
            // One class is ruled out.
            float[] teacher = [0, (n + 1f) / 8, (7f - n) / 8];
            teacher.CopyTo(batch.Teacher, n * classes);
        }
        return batch;
    }

    private static Targets Of(Batch batch) => new(batch.Labels, batch.Teacher);

    /// <summary>One sample of a batch.</summary>
    private static Batch Alone(TrainingPlan plan, Batch batch, int sample)
    {
        int classes = TinyImages.Classes.Length;
        var alone = new Batch(1, plan.Shape.Length, classes);
        (alone.Labels[0], alone.Weights[0]) = (batch.Labels[sample], 1);
        batch.Teacher.AsSpan(sample * classes, classes).CopyTo(alone.Teacher);
        return alone;
    }

    private static double[][][] Alone(double[][][] outputs, int sample) =>
        [.. outputs.Select(step => new[] { step[sample] })];

    /// <summary>[T, N, classes], some far from the others.</summary>
    private static Tensor Outputs()
    {
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, Steps * Count * TinyImages.Classes.Length).Select(_ => 6 * random.NextSingle() - 2)];
        return tensor(values, [Steps, Count, TinyImages.Classes.Length]);
    }

    private static double[][][] Values(Tensor outputs)
    {
        float[] values = TensorMemory.ToArray(outputs);
        int classes = TinyImages.Classes.Length;
        return [.. Enumerable.Range(0, Steps).Select(t => Enumerable.Range(0, Count)
            .Select(n => values.Skip((t * Count + n) * classes).Take(classes).Select(z => (double)z).ToArray()).ToArray())];
    }

    private static double MeanCrossEntropy(double[][][] outputs, Targets targets) => CrossEntropy(Mean(outputs), targets);

    private static double Temporal(double[][][] outputs, Targets targets) => outputs.Average(step => CrossEntropy(step, targets));

    private static double CrossEntropy(double[][] outputs, Targets targets) =>
        outputs.Select((z, n) => -LogSoftmax(z, 1)[targets.Labels[n]]).Average();

    private static double Distance(double[][][] outputs, double target) =>
        outputs.Average(step => step.Average(z => z.Average(value => (value - target) * (value - target))));

    /// <summary>Over the time steps.</summary>
    private static double[][] Mean(double[][][] outputs) =>
        [.. outputs[0].Select((z, n) => z.Select((_, c) => outputs.Average(step => step[n][c])).ToArray())];

    /// <summary>
    /// The divergence of each step's answer from that of the mean of <see cref="Outputs"/>, whatever the outputs: differences must not see
    /// the teacher change.
    /// </summary>
    private static double FromFixedMean(double[][][] outputs, double temperature)
    {
        double[][] teacher = [.. Mean(Values(Outputs())).Select(m => Softmax(m, temperature))];
        if (outputs[0].Length == 1)
            teacher = [teacher[2]];
        return Divergence(outputs, teacher, temperature);
    }

    private static double FromTeacher(double[][][] outputs, Targets targets, double temperature) =>
        Divergence(outputs, [.. targets.Teacher.Select(q => (double)q).Chunk(TinyImages.Classes.Length)], temperature);

    /// <summary>temperature^2 / T * sum over t of KL(teacher || softmax(z[t] / temperature)), the mean over the samples.</summary>
    private static double Divergence(double[][][] outputs, double[][] teacher, double temperature) =>
        temperature * temperature * outputs.Average(step => step.Select((z, n) =>
        {
            double[] student = LogSoftmax(z, temperature);
            return teacher[n].Select((q, c) => q == 0 ? 0 : q * (Math.Log(q) - student[c])).Sum();
        }).Average());

    private static double[] Softmax(double[] z, double temperature) => Array.ConvertAll(LogSoftmax(z, temperature), Math.Exp);

    private static double[] LogSoftmax(double[] z, double temperature)
    {
        double logSum = Math.Log(z.Sum(value => Math.Exp(value / temperature)));
        return [.. z.Select(value => value / temperature - logSum)];
    }
}
