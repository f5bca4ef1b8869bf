using Serve.Tensors;

namespace Serve.Onnx.Tests.Tensors;

public sealed class NativeMemoryPoolTests
{
    [Fact]
    public void ClassOf_AnyLength_HoldsItAndWastesAFifthAtMost()
    {
        var random = new Random(1);
        foreach (var length in Enumerable.Range(0, 5000).Concat(Enumerable.Range(0, 5000).Select(_ => random.Next())).Append(int.MaxValue))
        {
            var (_, size) = NativeMemoryPool.ClassOf(length);

            size.ShouldBeGreaterThanOrEqualTo(length);
            (size - length).ShouldBeLessThanOrEqualTo(Math.Max(256, size / 5));
        }
    }

    [Fact]
    public void ClassOf_TwoLengths_HaveOneIndexOnlyWithOneSize()
    {
        var sizes = new Dictionary<int, long>();
        for (var length = 0; length < 1 << 20; length += 97)
        {
            var (index, size) = NativeMemoryPool.ClassOf(length);
            sizes.TryAdd(index, size);
            sizes[index].ShouldBe(size);
        }
    }

    [Fact]
    public void Rent_AfterARelease_TakesTheSameBlock()
    {
        var pool = new NativeMemoryPool(maxKeptBytes: 1 << 20);
        var first = pool.Rent(1000);
        first.GetSpan()[0] = 42;
        pool.RentedBytes.ShouldBe(1024);
        first.Release();
        pool.RentedBytes.ShouldBe(0);
        pool.KeptBytes.ShouldBe(1024);

        var second = pool.Rent(900);

        second.GetSpan()[0].ShouldBe((byte)42);
        second.GetSpan().Length.ShouldBe(900);
        pool.KeptBytes.ShouldBe(0);
        second.Release();
        pool.Trim();
        pool.KeptBytes.ShouldBe(0);
    }

    [Fact]
    public void Release_BeyondTheBound_IsNotKept()
    {
        var pool = new NativeMemoryPool(maxKeptBytes: 1024);
        var blocks = new[] { pool.Rent(1000), pool.Rent(1000) };

        foreach (var block in blocks)
            block.Release();

        pool.KeptBytes.ShouldBe(1024);
        pool.Trim();
    }

    [Fact]
    public void Release_WhileAnotherHolds_KeepsTheMemory()
    {
        var pool = new NativeMemoryPool(maxKeptBytes: 1 << 20);
        var block = pool.Rent(1000);
        block.Acquire();

        block.Release();
        pool.RentedBytes.ShouldBe(1024);
        block.Release();

        pool.RentedBytes.ShouldBe(0);
        pool.Trim();
    }
}
