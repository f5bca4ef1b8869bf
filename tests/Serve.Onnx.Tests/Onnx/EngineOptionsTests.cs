using Microsoft.ML.OnnxRuntime;
using Serve.Onnx.Engine;
using Serve.Testing;

namespace Serve.Onnx.Tests;

public sealed class EngineOptionsTests
{
    private static float[] Square(OnnxModel model, params float[] values) => model.Run<float, float>(new Tensor<float>(values, 1, values.Length)).Data.ToArray();

    [Fact]
    public void Load_OneFileTwice_SharesTheSessionUntilTheLastIsGone()
    {
        var options = new OnnxOptions { Revision = nameof(Load_OneFileTwice_SharesTheSessionUntilTheLastIsGone) };
        var first = TestModels.Load("squares", options);
        var second = TestModels.Load("squares", options with { });

        first.Inputs.ShouldBeSameAs(second.Inputs);
        first.Dispose();
        first.Dispose();

        Should.Throw<ObjectDisposedException>(() => Square(first, 1, 2, 3, 4));
        Square(second, 1, 2, 3, 4).ShouldBe([1, 4, 9, 16]);
        second.Dispose();
        using var third = TestModels.Load("squares", options);
        third.Inputs.ShouldNotBeSameAs(second.Inputs);
    }

    [Fact]
    public void Load_OtherOptions_IsAnotherSession()
    {
        using var first = TestModels.Load("squares");
        using var second = TestModels.Load("squares", new OnnxOptions { GraphOptimization = GraphOptimizationLevel.ORT_DISABLE_ALL });

        first.Inputs.ShouldNotBeSameAs(second.Inputs);
    }

    [Fact]
    public async Task Load_ByManyAtOnce_LoadsOnce()
    {
        var loads = 0;
        var cache = new SessionCache((path, options) =>
        {
            Interlocked.Increment(ref loads);
            return SessionFactory.Create(path, options);
        });

        var holdings = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => cache.Open(TestModels.PathOf("squares"), new OnnxOptions()))));

        loads.ShouldBe(1);
        foreach (var holding in holdings)
            holding.Dispose();
        cache.Count.ShouldBe(0);
    }

    [Fact]
    public void Load_Fails_IsNotKept()
    {
        var cache = new SessionCache(SessionFactory.Create);

        Should.Throw<OnnxModelException>(() => cache.Open("/nothing.onnx", new OnnxOptions()));

        cache.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData(OnnxArena.Kept)]
    [InlineData(OnnxArena.Shrunk)]
    [InlineData(OnnxArena.None)]
    public void Run_AnyArena_GivesTheSame(OnnxArena arena)
    {
        using var model = TestModels.Load("squares", new OnnxOptions { Arena = arena });

        Square(model, 1, 2, 3, 4).ShouldBe([1, 4, 9, 16]);
        Square(model, 1, 2, 3, 5).ShouldBe([1, 4, 9, 25]);
    }

    [Fact]
    public void Run_OwnThreadsAndBranchesAtOnce_GivesTheSame()
    {
        using var model = TestModels.Load("squares", new OnnxOptions { IntraOpThreads = 2, InterOpThreads = 2, Execution = ExecutionMode.ORT_PARALLEL, PlanMemory = true });

        Square(model, 1, 2, 3, 4).ShouldBe([1, 4, 9, 16]);
    }

    [Fact]
    public void Load_SessionEntryThatIsWrong_NamesIt()
    {
        var options = new OnnxOptions { SessionEntries = new Dictionary<string, string> { ["session.intra_op_thread_affinities"] = "nonsense" }, IntraOpThreads = 2 };

        Should.Throw<OnnxModelException>(() => TestModels.Load("squares", options)).Message.ShouldContain("affinit");
    }

    [Fact]
    public void Load_WithAFolderForRewrittenGraphs_WritesOnceAndReadsAfterwards()
    {
        using var folder = new TemporaryFolder();
        var options = new OnnxOptions { OptimizedModelFolder = Path.Combine(folder.Path, "graphs") };

        using (var first = TestModels.Load("squares", options))
            Square(first, 1, 2, 3, 4).ShouldBe([1, 4, 9, 16]);
        var kept = Directory.GetFiles(options.OptimizedModelFolder).ShouldHaveSingleItem();
        Path.GetFileName(kept).ShouldStartWith("squares-");
        var written = File.GetLastWriteTimeUtc(kept);
        using (var second = TestModels.Load("squares", options))
            Square(second, 1, 2, 3, 5).ShouldBe([1, 4, 9, 25]);

        File.GetLastWriteTimeUtc(kept).ShouldBe(written);
        Directory.GetFiles(options.OptimizedModelFolder).ShouldHaveSingleItem();
        using var other = TestModels.Load("squares", options with { GraphOptimization = GraphOptimizationLevel.ORT_ENABLE_BASIC });
        Directory.GetFiles(options.OptimizedModelFolder).Length.ShouldBe(2);
    }

    [Fact]
    public void Load_FolderForRewrittenGraphsThatIsAFile_NamesIt()
    {
        var options = new OnnxOptions { OptimizedModelFolder = TestModels.PathOf("add") };

        Should.Throw<OnnxModelException>(() => TestModels.Load("squares", options)).Message.ShouldContain(nameof(OnnxOptions.OptimizedModelFolder));
    }

    [NoCudaFact]
    public void Load_OnCudaWithoutItsLibrary_SaysWhatToDo()
    {
        var message = Should.Throw<OnnxModelException>(() => TestModels.Load("squares", new OnnxOptions { Device = OnnxDevice.Cuda, DeviceId = 1 })).Message;

        message.ShouldContain("is to run on CUDA device 1");
        message.ShouldContain("-p:OnnxRuntimeCuda=true");
        message.ShouldContain(nameof(OnnxOptions.AllowCpuFallback));
    }

    [NoCudaFact]
    public void Load_OnCudaWithTheCpuAllowed_RunsThereAndSaysWhy()
    {
        using var model = TestModels.Load("squares", new OnnxOptions { Device = OnnxDevice.Cuda, AllowCpuFallback = true });

        model.Device.ShouldBe(OnnxDevice.Cpu);
        model.Fallback.ShouldNotBeNullOrEmpty();
        Square(model, 1, 2, 3, 4).ShouldBe([1, 4, 9, 16]);
    }

    [Fact]
    public void Facts_OfAModel_AreThoseOfItsFile()
    {
        using var model = TestModels.Load("squares");

        model.Facts.Producer.ShouldBe("tests");
        model.Facts.Graph.ShouldBe("squares");
        model.Inputs[0].DimensionNames.ShouldBe(["batch", ""]);
        model.MemoryBytes.ShouldBeGreaterThanOrEqualTo(new FileInfo(model.Path).Length);
    }
}
