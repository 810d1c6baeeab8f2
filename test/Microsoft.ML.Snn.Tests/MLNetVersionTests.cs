using Microsoft.ML.Snn.Components;

namespace Microsoft.ML.Snn.Tests;

public class MLNetVersionTests
{
    [Fact]
    public void The_version_of_this_build_is_the_one_that_is_loaded() => MLNetVersion.Check();

    [Theory]
    [InlineData("5.0.1", true)]
    [InlineData("5.0.1+f0ab1c", true)]
    [InlineData("5.0.2", false)]
    [InlineData("5.0.10", false)]
    [InlineData("an unknown version", false)]
    public void Another_version_is_refused_and_both_are_named(string loaded, bool fits)
    {
        string? mismatch = MLNetVersion.Compare("5.0.1", loaded);
        Assert.Equal(fits, mismatch is null);
        if (!fits)
        {
            Assert.Contains("5.0.1", mismatch);
            Assert.Contains(loaded, mismatch);
        }
    }
}
