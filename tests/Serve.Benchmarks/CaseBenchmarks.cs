using BenchmarkDotNet.Attributes;

namespace Serve.Benchmarks;

/// <summary>All cases as benchmarks.</summary>
[MemoryDiagnoser]
public class CaseBenchmarks
{
    private WatchedCase _subject = null!;

    public static IEnumerable<string> Names => WatchedCase.All().Select(subject => subject.Name);

    [ParamsSource(nameof(Names))]
    public string Case { get; set; } = "";

    [GlobalSetup]
    public Task PrepareAsync() => (_subject = WatchedCase.All().Single(subject => subject.Name == Case)).PrepareAsync();

    [Benchmark]
    public ValueTask RunAsync() => _subject.RunAsync();

    [GlobalCleanup]
    public async Task CleanUpAsync() => await _subject.DisposeAsync();
}
