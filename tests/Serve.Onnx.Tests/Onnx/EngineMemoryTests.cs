using Serve.Tensors;

namespace Serve.Onnx.Tests;

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}

/// <summary>What stays behind. Alone, since the memory of a process is that of all its tests.</summary>
[Collection(AloneCollection.Name)]
public sealed class EngineMemoryTests
{
    private const int Warm = 500;
    private const int Rounds = 1000;
    private const double MostGrowth = 0.05;

    [Fact]
    public void LoadAndUnload_AThousandTimes_LeavesNothing()
    {
        // Each revision is a session of its own, whoever else may hold the model.
        void Round(int round)
        {
            using var model = TestModels.Load("types", new OnnxOptions { Revision = $"memory {round}" });
            model.WarmUp();
        }

        for (var i = 0; i < Warm; i++)
            Round(i);
        var before = Settle();
        for (var i = 0; i < Rounds; i++)
            Round(i);

        Settle().ShouldBeLessThan((long)(before * (1 + MostGrowth)));
    }

    [Fact]
    public void RunInPlace_LargeTensors_ReturnTheirMemory()
    {
        using var model = TestModels.Load("squares");
        var rented = NativeMemoryPool.Shared.RentedBytes;
        long after = 0;
        for (var i = 0; i < 50; i++)
        {
            using var input = TensorBuffer.Rent(TensorDataType.Float32, 1 << 20, 4);
            input.Bytes.Clear();
            using var outputs = model.RunInPlace([OnnxValue.Create("a", input)]);
            outputs[0].Value.ByteLength.ShouldBe(16 << 20);
            if (i == 10)
                after = Settle();
        }

        NativeMemoryPool.Shared.RentedBytes.ShouldBe(rented);
        Settle().ShouldBeLessThan((long)(after * (1 + MostGrowth)));
    }

    private static long Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(2, GCCollectionMode.Aggressive);
        return Environment.WorkingSet;
    }
}
