using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Training;

/// <summary>A teacher's scores on their way from the column to the batch.</summary>
public class TeacherScoresTests
{
    private const int Classes = 3;

    private readonly MLContext _context = new(seed: 1);

    private sealed class Scored
    {
        [VectorType(1, 1, 1)]
        public float[] Features { get; set; } = [];

        [KeyType(Classes)]
        public uint Label { get; set; }

        [VectorType(Classes)]
        public float[] Teacher { get; set; } = [];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.5)]
    [InlineData(4)]
    public void Logits_are_softened_by_the_softmax_of_their_quotient(double temperature)
    {
        float[] logits = [-3, 2.5f, 0.25f];
        double[] exponentials = [.. logits.Select(s => Math.Exp(s / temperature))];
        Assert.Equal(exponentials.Select(e => e / exponentials.Sum()), Soften(logits, TeacherScoreKind.Logits, temperature), Near);
        // Their probabilities are softened to the same.
        double[] one = [.. logits.Select(s => Math.Exp(s))];
        float[] probabilities = [.. one.Select(e => (float)(e / one.Sum()))];
        Assert.Equal(
            exponentials.Select(e => e / exponentials.Sum()), Soften(probabilities, TeacherScoreKind.Probabilities, temperature), Near);
    }

    [Fact]
    public void Scores_at_the_end_of_their_range_are_no_trouble()
    {
        Assert.Equal([0, 1, 0], Soften([0, 1, 0], TeacherScoreKind.Probabilities, 3));
        Assert.Equal([0, 1, 0], Soften([-3e38f, 3e38f, 0], TeacherScoreKind.Logits, 1));
        Assert.Equal([0.5, 0.5, 0], Soften([3e38f, 3e38f, -3e38f], TeacherScoreKind.Logits, 3));
        // Rounded to bfloat16, they hardly sum to 1.
        double[] rounded = Soften([0.332f, 0.334f, 0.329f], TeacherScoreKind.Probabilities, 1);
        Assert.Equal(1, rounded.Sum(), 1e-6);
        Assert.Equal(0.334 / 0.995, rounded[1], 1e-6);
    }

    [Theory]
    [InlineData(float.NaN, TeacherScoreKind.Logits, "Row 7 of teacher score column 'Teacher' holds NaN at index 1")]
    [InlineData(float.PositiveInfinity, TeacherScoreKind.Logits, "holds Infinity at index 1")]
    [InlineData(-0.1f, TeacherScoreKind.Probabilities, "Row 7 of teacher score column 'Teacher' holds -0.1 at index 1. That is no probability")]
    [InlineData(2.5f, TeacherScoreKind.Probabilities, "Row 7 of teacher score column 'Teacher' sums to 3: these are no probabilities. If")]
    [InlineData(0, TeacherScoreKind.Probabilities, "sums to 0.5")]
    public void Scores_that_are_not_what_they_are_said_to_be_name_the_row(float score, TeacherScoreKind kind, string message)
    {
        var e = Assert.Throws<InvalidOperationException>(() => Soften([0.25f, score, 0.25f], kind, 1));
        Assert.Contains(message, e.Message);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)] // through a pool
    [InlineData(false, true)]
    public void Shuffled_samples_keep_their_teachers_scores(bool cached, bool canShuffle)
    {
        const int rows = 50;
        IDataView view = _context.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(i => new Scored
        {
            Features = [i], Label = (uint)(i % Classes), Teacher = [i, 0, -i],
        }));
        if (canShuffle)
            view = _context.Data.Cache(view);
        var teacher = new TeacherScores("Teacher", TeacherScoreKind.Logits, Temperature: 20);
        var set = new ExampleSet(new RoleMappedData(view, "Label", "Features"), new SampleShape(null, 1, 1, 1), "the training set")
        {
            Teacher = teacher,
        };
        using IChannel channel = ((IHostEnvironment)_context).Start("test");
        ExampleSurvey survey = ExampleSurvey.Of(set, Classes, cached ? 1 << 20 : 0, channel, () => { });
        var preparation = new SamplePreparation(set.Shape, null, new() { HorizontalFlip = true });
        var source = new BatchSource(set, survey, preparation, 7, 4 * 4 * 10, new SeedSequence(5));
        var seen = new List<float>();
        for (int epoch = 0; epoch < 2; epoch++)
        {
            using BatchQueue queue = source.StartEpoch(epoch, CancellationToken.None);
            while (queue.TryTake(out Batch batch))
            {
                var last = new Batch(1, 1, Classes);
                batch.CopyTo(last, 0);
                Assert.Equal(batch.Teacher[..Classes], last.Teacher);
                for (int n = 0; n < batch.Count; n++)
                {
                    float i = batch.Features[n];
                    seen.Add(i);
                    double[] exponentials = [Math.Exp(i / 20), 1, Math.Exp(-i / 20)];
                    Assert.Equal(
                        exponentials.Select(e => e / exponentials.Sum()),
                        batch.Teacher.Skip(n * Classes).Take(Classes).Select(q => (double)q), Near);
                }
                queue.Return(batch);
            }
        }
        Assert.NotEqual(seen.Order(), seen);
        Assert.Equal(Enumerable.Range(0, 2 * rows).Select(i => (float)(i / 2)), seen.Order());
    }

    [Fact]
    public void The_content_of_a_set_is_another_with_other_scores()
    {
        UInt128 first = Hash(0.5f), again = Hash(0.5f), other = Hash(0.5001f), none = Hash(null);
        Assert.Equal(first, again);
        Assert.Equal(3, new[] { first, other, none }.Distinct().Count());

        UInt128 Hash(float? score)
        {
            IDataView view = _context.Data.LoadFromEnumerable(
                Enumerable.Range(0, 4).Select(i => new Scored { Features = [i], Label = 1, Teacher = [i == 2 ? score ?? 0 : 0, 0, 0] }));
            var set = new ExampleSet(new RoleMappedData(view, "Label", "Features"), new SampleShape(null, 1, 1, 1), "the training set")
            {
                Teacher = score is null ? null : new TeacherScores("Teacher", TeacherScoreKind.Logits, 1),
            };
            using IChannel channel = ((IHostEnvironment)_context).Start("test");
            return ExampleSurvey.Of(set, Classes, 0, channel, () => { }).ContentHash;
        }
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 1e-6;

    private static double[] Soften(float[] scores, TeacherScoreKind kind, double temperature)
    {
        var probabilities = new float[scores.Length];
        new TeacherScores("Teacher", kind, temperature).Soften(scores, probabilities, row: "Row 7");
        return Array.ConvertAll(probabilities, q => (double)q);
    }
}
