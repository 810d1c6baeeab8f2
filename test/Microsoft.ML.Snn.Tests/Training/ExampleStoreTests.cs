using Microsoft.ML.Snn.Training.Data;

namespace Microsoft.ML.Snn.Tests.Training;

public class ExampleStoreTests
{
    [Fact]
    public void Keeps_8_bit_images_in_8_bits_and_gives_them_back_exactly()
    {
        float[] image = [.. Enumerable.Range(0, 256).Select(i => (float)i)];
        float[] other = [.. Enumerable.Range(0, 256).Select(i => i / 3f)];
        var store = new ExampleStore(256);
        store.Add(image, new(3, 0.5f));
        Assert.InRange(store.Bytes, 256, 256 + 64);
        store.Add(other, new(4, 2));
        Assert.InRange(store.Bytes, 5 * 256, 5 * 256 + 128);

        var read = new float[256];
        Assert.Equal(new ExampleTarget(3, 0.5f), store.Get(0, read));
        Assert.Equal(image, read);
        Assert.Equal(new ExampleTarget(4, 2f), store.Get(1, read));
        Assert.Equal(other, read);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(256)]
    [InlineData(0.5f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Values_that_are_no_bytes_survive(float value)
    {
        var store = new ExampleStore(2);
        store.Add([1, value], new(0, 1));
        var read = new float[2];
        store.Get(0, read);
        Assert.Equal([1, value], read);
    }

    [Fact]
    public void Keeps_a_teachers_probabilities_whatever_becomes_of_their_memory()
    {
        float[] teacher = [0.25f, 0.75f], read = new float[1];
        var store = new ExampleStore(1);
        store.Add([1], new(0, 1, teacher));
        Assert.InRange(store.Bytes, 1 + 8, 1 + 8 + 128);
        teacher[0] = 9;
        Assert.Equal([0.25f, 0.75f], store.Get(0, read).Teacher!);
        Assert.Equal([0.25f, 0.75f], store.Exchange(0, read, [2], new(1, 1, teacher)).Teacher!);
        teacher[0] = 5;
        Assert.Equal([9, 0.75f], store.Take(0, read).Teacher!);
    }

    [Fact]
    public void Exchange_and_take_lose_nothing_and_double_nothing()
    {
        var store = new ExampleStore(1);
        var read = new float[1];
        var given = new List<float>();
        for (int i = 0; i < 10; i++)
            store.Add([i], new(i, 1));
        for (int i = 10; i < 100; i++)
        {
            Assert.Equal((int)Next(() => store.Exchange(i * 7 % 10, read, [i], new(i, 1))), (int)given[^1]);
        }
        while (store.Count > 0)
            Next(() => store.Take(store.Count / 2, read));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (float)i), given.Order());

        float Next(Func<ExampleTarget> get)
        {
            int label = get().Label;
            given.Add(read[0]);
            return label;
        }
    }
}
