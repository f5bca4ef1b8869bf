using Serve.Onnx.Running;
using Serve.Testing;

namespace Serve.Onnx.Tests.Running;

public sealed class StatisticsBookTests
{
    [Fact]
    public void Executed_RowsThatAreAlwaysOthers_AreRoundedUpAtSomeTime()
    {
        var book = new StatisticsBook(new ManualTimeProvider());
        var now = book.Now;

        for (var rows = 1; rows <= 5000; rows++)
            book.Executed(1, rows, now, now, now);

        var statistics = book.Read(new Dictionary<string, long>());
        statistics.Inferences.ShouldBe(5000L * 5001 / 2);
        statistics.Batches.Take(1024).Select(batch => batch.Rows).ShouldBe(Enumerable.Range(1, 1024).Select(rows => (long)rows));
        statistics.Batches.Skip(1024).Select(batch => (batch.Rows, batch.ComputeInfer.Count)).ShouldBe([(2048, 1024), (4096, 2048), (8192, 904)]);
    }
}
