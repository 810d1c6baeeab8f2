using System.Reflection;
using System.Runtime.Loader;
using SnnMl.Build;

namespace Microsoft.ML.Snn.Tests.Build;

public class AccessOpenerTests
{
    private static readonly string _original = typeof(MLContext).Assembly.Location;

    [Fact]
    public void Opens_internal_types_and_members_and_changes_no_length()
    {
        byte[] image = File.ReadAllBytes(_original);
        byte[] opened = AccessOpener.Open((byte[])image.Clone());
        Assert.Equal(image.Length, opened.Length);

        var context = new AssemblyLoadContext("opened", isCollectible: true);
        try
        {
            Assembly assembly = context.LoadFromStream(new MemoryStream(opened));
            Type transformer = assembly.GetType("Microsoft.ML.Data.RowToRowTransformerBase", throwOnError: true)!;
            ConstructorInfo constructor = Assert.Single(transformer.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public));
            Assert.True(constructor.IsFamily, "private protected became protected");
            Assert.True(assembly.GetType("Microsoft.ML.Data.CatalogUtils", throwOnError: true)!.IsPublic, "internal became public");
        }
        finally
        {
            context.Unload();
        }
    }

    [Fact]
    public void The_assembly_that_runs_is_the_untouched_one()
    {
        Type transformer = typeof(MLContext).Assembly.GetType("Microsoft.ML.Data.RowToRowTransformerBase", throwOnError: true)!;
        ConstructorInfo constructor = Assert.Single(transformer.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic));
        Assert.True(constructor.IsFamilyAndAssembly);
    }
}
