using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Mono.Cecil;
using Mono.Cecil.Cil;
using SnnMl.Build;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Snn.Tests.Build;

public class ManagedLibraryMendTests
{
    private const string Source = """
        using System;
        using System.Runtime.InteropServices;
        public class Holder
        {
            [DllImport("native")] static extern int THS_add(IntPtr left, IntPtr right);
            public IntPtr Handle;
            public int Add(Holder other, int times, string name, ref long sum)
            {
                for (int i = 0; i < times; i++)
                {
                    var copy = new Holder { Handle = other.Handle };
                    if (THS_add(Handle, copy.Handle) != name.Length)
                        sum += times;
                }
                return (int)sum;
            }
            public static int Twice(int number) => number * 2;
        }
        """;

    [Fact]
    public void All_that_a_method_refers_to_is_held_after_each_native_call()
    {
        using ModuleDefinition module = Read(ManagedLibraryMend.Apply(Compile(Source))!);
        MethodDefinition add = module.GetType("Holder").Methods.Single(method => method.Name == "Add");
        Instruction at = add.Body.Instructions.Single(instruction => instruction.Operand is MethodDefinition { IsPInvokeImpl: true });
        var held = new List<string>();
        for (at = at.Next; at.Next.Operand is MethodReference { Name: nameof(GC.KeepAlive) }; at = at.Next.Next)
            held.Add(at.OpCode.Code.ToString());
        // The object, the other one, and the copy; no number, text or address.
        Assert.Equal(3, held.Count);
        Assert.Equal(["Ldarg_0", "Ldarg_1"], held[..2]);
        Assert.StartsWith("Ldloc", held[2]);
    }

    [Fact]
    public void A_library_without_native_calls_is_left_as_it_is() =>
        Assert.Null(ManagedLibraryMend.Apply(Compile("public class Plain { public object Same(object one) => one; }")));

    [Fact]
    public void The_second_time_nothing_is_left_to_do() => Assert.Null(ManagedLibraryMend.Apply(ManagedLibraryMend.Apply(Compile(Source))!));

    [Fact]
    public void The_same_library_gives_the_same_bytes()
    {
        byte[] library = Compile(Source);
        Assert.Equal(ManagedLibraryMend.Apply(library), ManagedLibraryMend.Apply(library));
    }

    [Fact]
    public void What_is_mended_loads_and_runs()
    {
        var context = new AssemblyLoadContext(null, isCollectible: true);
        Assembly mended = context.LoadFromStream(new MemoryStream(ManagedLibraryMend.Apply(Compile(Source))!));
        Type holder = mended.GetType("Holder")!;
        Assert.Equal(6, holder.GetMethod("Twice")!.Invoke(null, [3]));
        object one = Activator.CreateInstance(holder)!;
        var e = Assert.Throws<TargetInvocationException>(() => holder.GetMethod("Add")!.Invoke(one, [one, 1, "", 0L]));
        Assert.IsType<DllNotFoundException>(e.InnerException);
        Assert.Equal(5, holder.GetMethod("Add")!.Invoke(one, [one, 0, "", 5L]));
        context.Unload();
    }

    [Fact]
    public void What_is_no_library_is_refused() => Assert.Throws<InvalidOperationException>(() => ManagedLibraryMend.Apply(new byte[500]));

    [Fact]
    public void This_very_build_got_a_mended_copy_of_TorchSharp() =>
        Assert.Null(ManagedLibraryMend.Apply(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll"))));

    /// <summary>The library as it was published survives this in one of two runs: "Unknown scalar type", or another number.</summary>
    [Fact]
    public void Garbage_collections_leave_the_numbers_in_an_expression_alone()
    {
        using var done = new CancellationTokenSource();
        var collections = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);
                GC.WaitForPendingFinalizers();
            }
        });
        using DisposeScope scope = NewDisposeScope();
        Tensor ones = torch.ones([4], dtype: ScalarType.Float32, device: CPU);
        collections.Start();
        try
        {
            for (int i = 0; i < 10_000; i++)
            {
                using Tensor sum = ones + ones;
                using Tensor product = sum * 0.25;
                Assert.Equal(0.5f, First(product));
            }
        }
        finally
        {
            done.Cancel();
            collections.Join();
        }

        static float First(Tensor tensor)
        {
            using Tensor first = tensor[0];
            return first.item<float>();
        }
    }

    private static ModuleDefinition Read(byte[] library) => ModuleDefinition.ReadModule(new MemoryStream(library));

    private static byte[] Compile(string source)
    {
        string runtime = RuntimeEnvironment.GetRuntimeDirectory();
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Tiny",
            [CSharpSyntaxTree.ParseText(source, cancellationToken: TestContext.Current.CancellationToken)],
            [
                MetadataReference.CreateFromFile(typeof(object).Assembly.Location),
                MetadataReference.CreateFromFile(Path.Combine(runtime, "System.Runtime.dll")),
            ],
            new(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release));
        using var library = new MemoryStream();
        Assert.True(compilation.Emit(library, cancellationToken: TestContext.Current.CancellationToken).Success);
        return library.ToArray();
    }
}
