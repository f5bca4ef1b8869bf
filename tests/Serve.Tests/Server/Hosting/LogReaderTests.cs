using Serve.Identity;
using Serve.Server.Hosting;
using Serve.Server.Node;
using Serve.Testing;

namespace Serve.Tests.Server.Hosting;

/// <summary>Reading logs that are written, rotated and made while somebody follows them.</summary>
public sealed class LogReaderTests : IDisposable
{
    private readonly TemporaryFolder _one = new();
    private readonly TemporaryFolder _two = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    [Fact]
    public async Task Read_Tail_IsTheLastWholeLinesOfEachLog()
    {
        Write(_one, 1, "a\nb\nc\n");
        Write(_one, 2, "d\nhalf a line");
        (await ReadAsync(tail: 2)).ShouldBe(["[Api#1-1] b", "[Api#1-1] c", "[Api#1-2] d"], ignoreOrder: true);
        (await ReadAsync(tail: 0)).ShouldBeEmpty();
        (await ReadAsync(tail: 100)).Count.ShouldBe(4);
    }

    [Fact]
    public async Task Read_NodesOfSeveralFolders_HasThemAll()
    {
        Write(_one, 1, "a\n");
        Write(_two, 2, "b\n");
        (await ReadAsync(tail: 10)).ShouldBe(["[Api#1-1] a", "[Api#1-2] b"], ignoreOrder: true);
        (await ReadAsync(tail: 10, replica: "1-2")).ShouldBe(["[Api#1-2] b"]);
    }

    [Fact]
    public async Task Follow_LinesAndLogsThatCome_AreToldInOrder()
    {
        Write(_one, 1, "old\n");
        using var stop = new CancellationTokenSource();
        var lines = new List<string>();
        var reading = FollowAsync(lines, stop.Token);
        await UntilAsync(lines, 1);
        Write(_one, 1, "new\nhalf ");
        Write(_two, 2, "another\n");
        await UntilAsync(lines, 3);
        Write(_one, 1, "whole\n");
        await UntilAsync(lines, 4);
        await stop.CancelAsync();
        await reading;
        lines.ShouldBe(["[Api#1-1] old", "[Api#1-1] new", "[Api#1-2] another", "[Api#1-1] half whole"]);
    }

    [Fact]
    public async Task Follow_LogIsRotated_GoesOnWithTheNewOne()
    {
        Write(_one, 1, "a long first line\n");
        using var stop = new CancellationTokenSource();
        var lines = new List<string>();
        var reading = FollowAsync(lines, stop.Token);
        await UntilAsync(lines, 1);
        await File.WriteAllTextAsync(Folder(_one).Of(Id(1)), "new\n");
        await UntilAsync(lines, 2);
        await stop.CancelAsync();
        await reading;
        lines[1].ShouldBe("[Api#1-1] new");
    }

    private Task FollowAsync(List<string> lines, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            try
            {
                await foreach (var line in Reader().ReadAsync("shop", "Api", replica: null, tail: 1, follow: true, cancellationToken))
                {
                    lock (lines)
                        lines.Add(line);
                }
            }
            catch (OperationCanceledException)
            {
                // It has been followed long enough.
            }
        },
        CancellationToken.None);

    private LogReader Reader() => new(() => [Folder(_one), Folder(_two)], _clock);

    private async Task<List<string>> ReadAsync(int tail, string? replica = null)
    {
        var lines = new List<string>();
        await foreach (var line in Reader().ReadAsync("shop", "Api", replica, tail, follow: false, default))
            lines.Add(line);
        return lines;
    }

    private Task UntilAsync(List<string> lines, int count) => Eventually.TrueAsync(() =>
    {
        _clock.Advance(TimeSpan.FromMilliseconds(250));
        lock (lines)
            return lines.Count >= count;
    });

    private static LogFolder Folder(TemporaryFolder folder) => new(folder.Path);

    private static ReplicaId Id(long number) => new(new DeploymentId("shop", "Api"), 1, number);

    private static void Write(TemporaryFolder folder, long replica, string text)
    {
        var path = Folder(folder).Of(Id(replica));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.AppendAllText(path, text);
    }
}
