using Serve.Benchmarks;

namespace Serve.Tests.Benchmarks;

/// <summary>Holds the hot path to its bytes. In a debug build async methods allocate more, so that only the others are held to it there.</summary>
[Collection(Alone)]
public sealed class ByteBudgetTests
{
    private const string Alone = "bytes of the whole process";

    public static TheoryData<string> Names => [.. WatchedCase.All().Where(subject => subject.IsSynchronous || IsOptimised).Select(subject => subject.Name)];

#if DEBUG
    private static bool IsOptimised => false;
#else
    private static bool IsOptimised => true;
#endif

    [Theory]
    [MemberData(nameof(Names))]
    public async Task HotPath_Allocates_NoMoreThanItsBudget(string name)
    {
        await using var subject = WatchedCase.All().Single(one => one.Name == name);
        (await ByteBudgets.MeasureAsync(subject)).ShouldBeLessThanOrEqualTo(ByteBudgets.Read()[name]);
    }

    /// <summary>No other test runs meanwhile: the runtime counts the bytes of all threads.</summary>
    [CollectionDefinition(Alone, DisableParallelization = true)]
    public sealed class AloneCollection;
}
