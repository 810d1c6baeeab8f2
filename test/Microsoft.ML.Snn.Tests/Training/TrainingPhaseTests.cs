using Microsoft.ML.Snn.Network;
using Microsoft.ML.Snn.Tests.Speed;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>Early phases of training, averaged weights and label smoothing, each against plain loops.</summary>
public class TrainingPhaseTests
{
    private static readonly SampleShape _shape = TinyImages.Columns.Shape;

    [Fact]
    public void The_phases_follow_each_other_and_the_model_has_the_full_steps_and_size()
    {
        var context = new MLContext(seed: 1);
        var log = new List<string>();
        context.Log += (_, e) => log.Add(e.Message);
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 4);
        options.EarlyPhases = [new(1, timeSteps: 1, scale: 0.5), new(2, scale: 0.75)];
        SpikingNetwork network = TinyImages.Pipeline(context, options).Fit(TinyImages.View(context, 12)).LastTransformer.Model.Network;

        Assert.Contains(log, message => message.Contains("From epoch 2 on: T = 2, samples of 6 x 6"));
        Assert.Contains(log, message => message.Contains("From epoch 4 on: T = 2, samples of 8 x 8"));
        Assert.Equal(2, network.TimeSteps);
        Assert.Equal([3, 8, 8], network.InputShape);
    }

    [Slow]
    [Fact]
    public void Early_phases_learn_and_hand_on_what_they_have_learnt()
    {
        var context = new MLContext(seed: 1);
        SpikingResNetTrainer.Options options = TinyImages.Options(epochs: 12);
        options.EarlyPhases = [new(10, timeSteps: 1)];
        var losses = new List<double>();
        options.MetricsCallback = metrics => losses.Add(metrics.Loss);
        TinyImages.Pipeline(context, options).Fit(TinyImages.View(context, 30));
        Assert.InRange(losses[9], 0, 0.8 * losses[0]);
        Assert.InRange(losses[10], 0, 0.8 * losses[0]);
    }

    [Fact]
    public void Small_samples_are_averages_over_areas()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.EarlyPhases = [new(1, scale: 0.5)];
        TrainingPlan plan = TinyImages.Plan(options);
        using DisposeScope scope = NewDisposeScope();
        using var trainer = new PhaseTrainer(plan, plan.Phases[0]);
        Batch batch = MakeBatch(4);
        var averages = new float[4 * 3 * 4 * 4];
        for (int i = 0; i < averages.Length; i++)
        {
            int plane = i / 16, y = i / 4 % 4 * 2, x = i % 4 * 2;
            for (int pixel = 0; pixel < 4; pixel++)
                averages[i] += batch.Features[plane * 64 + (y + pixel / 2) * 8 + x + pixel % 2] / 4;
        }
        Tensor outputs = trainer.Network.Forward(tensor(averages, [4, 3, 4, 4]), 2, training: false);
        Assert.Equal(Loss(outputs, batch.Labels, smoothing: 0), trainer.Evaluate(batch, meanWeight: 1).Loss, 1e-5);
    }

    [Fact]
    public void Label_smoothing_spreads_a_share_of_the_label_over_all_classes_in_training_alone()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.LabelSmoothing = 0.3;
        TrainingPlan plan = TinyImages.Plan(options);
        using DisposeScope scope = NewDisposeScope();
        using var trainer = new PhaseTrainer(plan, plan.Phases[0]);
        using var twin = new TrainableNetwork(plan.Network, options.Neuron, plan.Reading.Seeds.Initialization);
        Batch batch = MakeBatch(6);
        Tensor input = tensor(batch.Features, [6, 3, 8, 8]);
        Assert.Equal(Loss(twin.Forward(input, 2, training: false), batch.Labels, 0), trainer.Evaluate(batch, 1).Loss, 1e-5);
        double expected = Loss(twin.Forward(input, 2, training: true), batch.Labels, 0.3);
        Assert.Equal(expected, trainer.Step(batch, 1, step: 0, learningRate: 0.1).Loss, 1e-5);
    }

    [Fact]
    public void Averaged_weights_are_the_exponential_moving_average_of_every_step()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.WeightAverageDecay = 0.5;
        using DisposeScope scope = NewDisposeScope();
        TrainingPlan plan = TinyImages.Plan(options);
        using var trainer = new PhaseTrainer(plan, plan.Phases[0]);
        Dictionary<string, double[]> expected = trainer.Network.Export().ToDictionary(pair => pair.Key, pair => pair.Value.Select(x => (double)x).ToArray());
        for (int step = 0; step < 12; step++)
        {
            trainer.Step(MakeBatch(6), 1, step, learningRate: 0.1);
            // Documented: the first steps weigh more, (step + 1) / (step + 10) being less than the decay.
            double decay = Math.Min(0.5, (step + 1) / (step + 10.0));
            foreach ((string name, float[] values) in trainer.Network.Export())
            {
                for (int i = 0; i < values.Length; i++)
                    expected[name][i] = decay * expected[name][i] + (1 - decay) * values[i];
            }
        }
        IReadOnlyDictionary<string, float[]> own = trainer.Network.Export(), averaged = trainer.Result();
        Assert.NotEqual(own["stem.conv.weight"], averaged["stem.conv.weight"]);
        foreach ((string name, float[] values) in averaged)
        {
            for (int i = 0; i < values.Length; i++)
                Assert.Equal(expected[name][i], values[i], 1e-5);
        }
        trainer.WithResult(() =>
        {
            Assert.Equal(averaged["stem.conv.weight"], trainer.Network.Export()["stem.conv.weight"]);
            return 0;
        });
        Assert.Equal(own["stem.conv.weight"], trainer.Network.Export()["stem.conv.weight"]);
    }

    [Fact]
    public void A_phase_that_does_not_suit_the_samples_is_refused_before_they_are_read()
    {
        SpikingResNetTrainer.Options options = TinyImages.Options();
        options.EarlyPhases = [new(1, timeSteps: 4)];
        Refused("4 time steps, more than the 2", "EarlyPhases", TinyImages.Columns);
        options.EarlyPhases = [new(1, scale: 0.125)];
        Refused("too small", "Architecture", TinyImages.Columns);
        options.EarlyPhases = null;
        options.SelfDistillation = new();
        options.TimeSteps = 1;
        Refused("one time step only", "SelfDistillation", TinyImages.Columns);
        Refused("one time step only", "SelfDistillation", TinyImages.Columns with { Shape = _shape with { Slices = 1 } });
        options.TimeSteps = null;
        options.EarlyPhases = [new(1, timeSteps: 4)];
        Refused("have 5 of their own", "EarlyPhases", TinyImages.Columns with { Shape = _shape with { Slices = 5 } });

        void Refused(string words, string option, ExampleColumns columns)
        {
            var e = Assert.Throws<ArgumentOutOfRangeException>(() => options.Phases(columns));
            Assert.Contains(words, e.Message);
            Assert.Equal(option, e.ParamName);
        }
    }

    private static Batch MakeBatch(int count)
    {
        var batch = new Batch(count, _shape.Length);
        TinyImages.Row[] rows = TinyImages.Rows(perClass: count / TinyImages.Classes.Length + 1);
        for (int i = 0; i < count; i++)
        {
            TinyImages.Row row = rows[i * rows.Length / count];
            for (int pixel = 0; pixel < _shape.Length; pixel++)
                batch.Features[i * _shape.Length + pixel] = (row.Features[pixel] - 60) / 60;
            batch.Labels[i] = Array.IndexOf(TinyImages.Classes, row.Name);
            batch.Weights[i] = 1;
        }
        return batch;
    }

    /// <summary>Mean cross-entropy of the outputs [T, N, classes] averaged over T, in plain loops.</summary>
    private static double Loss(Tensor outputs, long[] labels, double smoothing)
    {
        (int steps, int count, int classes) = ((int)outputs.shape[0], (int)outputs.shape[1], (int)outputs.shape[2]);
        float[] values = [.. outputs.detach().data<float>()];
        double loss = 0;
        for (int n = 0; n < count; n++)
        {
            double[] mean = [.. Enumerable.Range(0, classes)
                .Select(c => Enumerable.Range(0, steps).Average(t => (double)values[(t * count + n) * classes + c]))];
            double logSum = Math.Log(mean.Sum(Math.Exp));
            for (int c = 0; c < classes; c++)
                loss -= ((c == labels[n] ? 1 - smoothing : 0) + smoothing / classes) * (mean[c] - logSum) / count;
        }
        return loss;
    }
}
