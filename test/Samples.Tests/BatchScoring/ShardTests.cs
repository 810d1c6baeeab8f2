using BatchScore.Sharding;
using SampleApp;

namespace Samples.Tests.BatchScoring;

public class ShardTests
{
    [Theory]
    [InlineData("0/1", null, 0, 1)]
    [InlineData("3/8", null, 3, 8)]
    [InlineData("3/8", "SLURM_ARRAY_TASK_ID=5", 3, 8)]
    [InlineData("8", "JOB_COMPLETION_INDEX=5", 5, 8)]
    [InlineData("8", "SLURM_ARRAY_TASK_ID=0", 0, 8)]
    [InlineData("8", "OMPI_COMM_WORLD_RANK=7", 7, 8)]
    [InlineData("8", "SLURM_ARRAY_TASK_ID=2 OMPI_COMM_WORLD_RANK=2 JOB_COMPLETION_INDEX=", 2, 8)]
    public void The_option_or_the_scheduler_says_which_it_is(string text, string? variables, int index, int count) =>
        Assert.Equal(new Shard(index, count), Shard.Parse(text, Environment(variables)));

    [Theory]
    [InlineData("8/8", null, "0 to 7")]
    [InlineData("-1/8", null, "0 to 7")]
    [InlineData("x/8", null, "0 to 7")]
    [InlineData("1/0", null, "is no shard")]
    [InlineData("1/2/3", null, "is no shard")]
    [InlineData("", null, "is no shard")]
    [InlineData("+3", null, "is no shard")]
    [InlineData("8", null, "SLURM_ARRAY_TASK_ID")]
    [InlineData("8", "SLURM_ARRAY_TASK_ID=8", "let the array of tasks begin at 0")]
    [InlineData("8", "SLURM_ARRAY_TASK_ID=", "JOB_COMPLETION_INDEX")]
    [InlineData("8", "SLURM_ARRAY_TASK_ID=2 OMPI_COMM_WORLD_RANK=0", "do not agree")]
    public void What_says_nothing_or_too_much_is_refused_with_what_to_write(string text, string? variables, string message)
    {
        string refused = Assert.Throws<UserException>(() => Shard.Parse(text, Environment(variables))).Message;
        Assert.Contains(message, refused);
        Assert.Contains("Write --shard 3/8", refused);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Each_unit_is_of_one_shard_and_shards_differ_by_one_at_most(int count)
    {
        int[] units = [.. Enumerable.Range(0, count).Select(index => Enumerable.Range(0, 100).Count(new Shard(index, count).Has))];
        Assert.Equal(100, units.Sum());
        Assert.InRange(units.Max() - units.Min(), 0, 1);
        Assert.All(Enumerable.Range(0, 100), unit => Assert.Single(Enumerable.Range(0, count), index => new Shard(index, count).Has(unit)));
    }

    private static Func<string, string?> Environment(string? variables)
    {
        Dictionary<string, string> set = (variables ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return set.GetValueOrDefault;
    }
}
