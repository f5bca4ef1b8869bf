using Serve.Server.Store;

namespace Serve.Tests.Server.Store;

public abstract partial class ClusterStoreConformance
{
    [Fact]
    public async Task Watch_FromANextRevision_DeliversWhatComes()
    {
        var revision = await PutAsync("a", "1");
        await using var watch = Watch(revision + 1);
        watch.Begin();
        await PutAsync("a", "2");
        await DeleteAsync("a");
        await PutAsync("b", "3");
        (await watch.NextAsync(3)).ShouldBe("a=2 -a b=3");
    }

    [Fact]
    public async Task Watch_FromAPastRevision_DeliversWhatWasFirst()
    {
        var revision = await PutAsync("a", "1");
        await PutAsync("a", "2");
        await using var watch = Watch(revision);
        (await watch.NextAsync(2)).ShouldBe("a=1 a=2");
        await PutAsync("a", "3");
        (await watch.NextAsync()).ShouldBe("a=3");
    }

    [Fact]
    public async Task Watch_OtherPrefixes_AreNotDelivered()
    {
        var revision = await PutAsync("a/1", "1");
        await PutAsync("b/1", "1");
        await ChangeAsync(Set("b/2", "2"), Set("a/2", "2"), Set("c", "2"));
        await using var watch = Watch(revision, "a/");
        (await watch.NextAsync(2)).ShouldBe("a/1=1 a/2=2");
    }

    [Fact]
    public async Task Watch_FromARevisionToCome_SkipsWhatIsBefore()
    {
        var revision = await PutAsync("a", "1");
        await using var watch = Watch(revision + 3);
        watch.Begin();
        for (var i = 2; i <= 5; i++)
            await PutAsync("a", $"{i}");
        (await watch.NextAsync(2)).ShouldBe("a=4 a=5");
    }

    [Fact]
    public async Task Watch_EventsOfOneTxn_HaveItsRevisionAndOrder()
    {
        var revision = await PutAsync("x", "1");
        await using var watch = Watch(revision + 1);
        await ChangeAsync(Set("b", "1"), new StoreChange(Key("x"), Value: null), Set("a", "1"));
        var events = new[] { await watch.NextEventAsync(), await watch.NextEventAsync(), await watch.NextEventAsync() };
        events.ShouldAllBe(change => change.Revision == revision + 1);
        events.Select(change => change.Key).ShouldBe([Key("b"), Key("x"), Key("a")]);
    }

    [Fact]
    public async Task Watch_DeletionOfNothing_IsNoEvent()
    {
        var revision = await PutAsync("a", "1");
        await DeleteAsync("nothing");
        await PutAsync("b", "1");
        await using var watch = Watch(revision + 1);
        (await watch.NextAsync()).ShouldBe("b=1");
    }

    [Fact]
    public async Task Watch_ManyWritersAndWatchers_EachSeesEveryChangeInOrder()
    {
        const int Writers = 8;
        const int Changes = 50;
        var start = (await Store.RangeAsync(Key(""), default)).Revision + 1;
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Changes; i++)
                await PutAsync($"{writer}", $"{i}");
        })));
        var seen = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var watch = Watch(start);
            var events = new List<StoreEvent>();
            while (events.Count < Writers * Changes)
                events.Add(await watch.NextEventAsync());
            return events;
        }));
        await writing;
        foreach (var events in seen)
        {
            events.Select(change => change.Revision).ShouldBe(Enumerable.Range(0, Writers * Changes).Select(i => start + i));
            foreach (var ofKey in events.GroupBy(change => change.Key))
                ofKey.Select(change => int.Parse(change.Value!)).ShouldBe(Enumerable.Range(0, Changes));
        }
    }

    [Fact]
    public async Task Watch_RangeThenWatch_MissesNothing()
    {
        var writing = Task.Run(async () =>
        {
            for (var i = 1; i <= 200; i++)
                await PutAsync("counter", $"{i}");
        });
        var range = await Store.RangeAsync(Key("counter"), default);
        var last = range.Entries is [var entry] ? int.Parse(entry.Value) : 0;
        await using var watch = Watch(range.Revision + 1);
        while (last < 200)
            int.Parse((await watch.NextEventAsync()).Value!).ShouldBe(++last);
        await writing;
    }

    [Fact]
    public async Task Watch_FromAForgottenRevision_SaysSo()
    {
        var revision = await PutAsync("a", "1");
        await PutAsync("a", "2");
        await CompactAsync();
        await using var watch = Watch(revision);
        await Should.ThrowAsync<StoreCompactedException>(watch.NextEventAsync);
    }

    [Fact]
    public async Task Watch_Cancelled_Ends()
    {
        var watch = Watch((await PutAsync("a", "1")) + 1);
        watch.Begin();
        await watch.DisposeAsync();
        await PutAsync("a", "2");
        (await ValuesAsync()).ShouldBe("a=2");
    }
}
