using System.Text;
using Serve.Server.Store.Embedded;
using Serve.Testing;
using static Serve.Tests.Server.Store.StoreFolder;

namespace Serve.Tests.Server.Store;

/// <summary>The file is rewritten as a snapshot when most of it is history.</summary>
public sealed class EmbeddedStoreRewriteTests : IDisposable
{
    private const int Megabyte = 1024 * 1024;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rewrite_UnderLoad_KeepsEverythingAndShrinksTheFile()
    {
        string expected;
        await using (var store = _folder.Open())
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() => WriteAsync(store, writer))));
            expected = await ContentsAsync(store);
        }

        new FileInfo(_folder.File).Length.ShouldBeLessThan(2 * Megabyte);
        (await _folder.ContentsAsync()).ShouldBe(expected);

        static async Task WriteAsync(EmbeddedStore store, int writer)
        {
            var random = new Random(writer);
            for (var i = 0; i < 60; i++)
            {
                await PutAsync(store, $"{writer}/{random.Next(4)}", new string((char)('a' + (i % 26)), 16 * 1024));
                if (random.Next(5) == 0)
                    await DeleteAsync(store, $"{writer}/{random.Next(4)}");
            }
        }
    }

    [Fact]
    public async Task Rewrite_AgainAndAgainOverRestarts_FileStaysSmall()
    {
        for (var restart = 0; restart < 12; restart++)
        {
            await using var store = _folder.Open();
            for (var i = 0; i < 12; i++)
                await PutAsync(store, "a", new string('x', 64 * 1024));
        }

        new FileInfo(_folder.File).Length.ShouldBeLessThan(2 * Megabyte);
    }

    [Fact]
    public async Task Rewrite_NewFileCantBeMade_OldOneGoesOn()
    {
        Directory.CreateDirectory(_folder.NewFile);
        await using (var store = _folder.Open())
            await FillAsync(store);
        new FileInfo(_folder.File).Length.ShouldBeGreaterThan(Megabyte);
        (await _folder.ContentsAsync()).ShouldStartWith("a@1/40=xxx");
    }

    [Fact]
    public async Task Rewrite_NewFileCantTakeThePlace_OldOneGoesOn()
    {
        await using (var store = _folder.Open())
        {
            await PutAsync(store, "a", "first");
            // A folder can't be replaced by a file; the open file itself goes on without its name.
            var elsewhere = _folder.File + ".moved";
            File.Move(_folder.File, elsewhere);
            Directory.CreateDirectory(_folder.File);
            var filling = FillAsync(store);
            await Eventually.TrueAsync(() => !_folder.Log.Errors.Any() ? Directory.Exists(_folder.File) && File.Exists(_folder.NewFile) : true);
            Directory.Delete(_folder.File);
            PutBack(elsewhere);
            await Eventually.TrueAsync(() =>
            {
                _folder.Clock.Advance(TimeSpan.FromSeconds(1));
                return filling.IsCompleted;
            });
            await filling;
        }

        (await _folder.ContentsAsync()).ShouldStartWith("a@1/41=xxx");

        void PutBack(string file)
        {
            try
            {
                File.Move(file, _folder.File);
            }
            catch (IOException) when (File.Exists(_folder.File))
            {
                // The store was quicker: the new file has taken the place.
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(int.MaxValue)]
    public async Task Open_CrashBeforeTheRename_UsesTheOldFile(int lengthOfNewFile)
    {
        await using (var store = _folder.Open())
            await FillAsync(store);
        var snapshot = await File.ReadAllBytesAsync(_folder.File);
        long written;
        await using (var store = _folder.Open())
            written = (await PutAsync(store, "b", "after the snapshot")).Revision;
        await File.WriteAllBytesAsync(_folder.NewFile, snapshot[..Math.Min(lengthOfNewFile, snapshot.Length)]);
        await using (var store = _folder.Open())
        {
            (await ContentsAsync(store)).ShouldEndWith($"b@{written}/{written}=after the snapshot");
            await FillAsync(store);
        }

        (await _folder.ContentsAsync()).ShouldEndWith($"b@{written}/{written}=after the snapshot");
    }

    [Fact]
    public async Task Change_DiskIsFull_WaitsAndIsNotSeenBeforeItIsDurable()
    {
        var isFull = false;
        await using var store = _folder.Open(() => ThrowIf(isFull));
        await PutAsync(store, "a", "1");
        await using var watch = new WatchReader(store, "", 2);
        watch.Begin();
        isFull = true;
        var change = PutAsync(store, "a", "2");
        var read = store.RangeAsync("a", default).AsTask();
        await Eventually.TrueAsync(() => _folder.Log.Errors.Any(entry => entry.Message.Contains("can't write its file")));
        change.IsCompleted.ShouldBeFalse();
        read.IsCompleted.ShouldBeFalse();

        isFull = false;
        await Eventually.TrueAsync(() =>
        {
            _folder.Clock.Advance(TimeSpan.FromSeconds(1));
            return change.IsCompleted;
        });
        (await watch.NextAsync()).ShouldBe("a=2");
        Encoding.UTF8.GetString((await read).Entries[0].Value).ShouldBe("2");
        await store.DisposeAsync();
        (await _folder.ContentsAsync()).ShouldBe("a@1/2=2");
    }

    [Fact]
    public async Task Lease_KeptAliveWhileTheDiskIsFull_LivesOn()
    {
        var isFull = false;
        await using var store = _folder.Open(() => ThrowIf(isFull));
        var lease = await store.GrantAsync(TimeSpan.FromSeconds(10), default);
        await PutAsync(store, "node", "up", lease);
        isFull = true;
        var change = PutAsync(store, "a", "1");
        await Eventually.TrueAsync(() => _folder.Log.Errors.Any());
        var keptAlive = store.KeepAliveAsync(lease, default).AsTask();
        _folder.Clock.Advance(TimeSpan.FromMinutes(5));
        isFull = false;
        await Eventually.TrueAsync(() =>
        {
            _folder.Clock.Advance(TimeSpan.FromSeconds(1));
            return change.IsCompleted;
        });
        (await keptAlive).ShouldBeTrue();
        (await ContentsAsync(store)).ShouldContain("node@1/1=up");
    }

    [Fact]
    public async Task Dispose_WhileTheDiskIsFull_FailsTheChangeAndEnds()
    {
        var store = _folder.Open(() => ThrowIf(isFull: true));
        var change = PutAsync(store, "a", "1");
        await Eventually.TrueAsync(() => _folder.Log.Errors.Any());
        await store.DisposeAsync().AsTask().WaitAsync(Eventually.Patience);
        await Should.ThrowAsync<IOException>(() => change);
    }

    [Fact]
    public async Task Store_MeetsAFaultOfItsOwn_FailsEveryRequestInsteadOfHanging()
    {
        await using var store = _folder.Open(static () => throw new NotSupportedException("a bug"));
        await using var watch = new WatchReader(store, "", 1);
        watch.Begin();
        await Should.ThrowAsync<NotSupportedException>(() => PutAsync(store, "a", "1").WaitAsync(Eventually.Patience));
        await Should.ThrowAsync<Exception>(() => PutAsync(store, "a", "1").WaitAsync(Eventually.Patience));
        await Should.ThrowAsync<NotSupportedException>(watch.NextEventAsync);
        _folder.Log.Errors.ShouldContain(entry => entry.EventId == 3002);
    }

    private static async Task FillAsync(EmbeddedStore store)
    {
        for (var i = 0; i < 40; i++)
            await PutAsync(store, "a", new string('x', 64 * 1024));
    }

    private static void ThrowIf(bool isFull)
    {
        if (isFull)
            throw new IOException("No space left on device");
    }
}
