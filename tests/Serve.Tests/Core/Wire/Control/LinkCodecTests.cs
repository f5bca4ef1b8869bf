using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Serve.Identity;
using Serve.Routing;
using Serve.Routing.Load;
using Serve.Specs.Observability;
using Serve.Telemetry;
using Serve.Wire.Control;

namespace Serve.Tests.Core.Wire.Control;

public sealed class LinkCodecTests
{
    private static readonly ReplicaId Replica = new(new DeploymentId("my app", "Model ü"), 3, 17);
    private static readonly ReplicaSettings Settings = new(5, 1 << 20, JsonNode.Parse("""{"threshold":0.5,"labels":["a",null]}"""));
    private static readonly ApplicationRoutes Routes = new(
        "my app", "/a", "Model ü", [new DeploymentRoutes("Model ü", 5, -1, [new ReplicaRoute(Replica.ToString(), "/tmp/s.sock")], "still starting")], UnavailableReason: null);

    private static readonly WorkerMessage[] FromWorkers =
    [
        new Hello(Replica, 4711), new StartProgress(StartPhase.Initialize), new StartSucceeded(), new FirstRequestDone(0.25), new StartFailed("no \"model\"\nthere"), new Answer(7, Failure: null), new Answer(8, "late"), new WatchRoutes("other shop"), new PolicyAnswered(9, "{}"), new MetricsRecorded(new Dictionary<string, double> { ["gpu.used"] = 0.5 }),
        new LoadSeen(new LoadReport([new DeploymentLoad("my app", "Model ü") { Running = 3, Queued = 1, LatencyP95 = 0.5 }], IsUrgent: true) { Recorded = [new ReplicaRecord(Replica, new Dictionary<string, double> { ["depth"] = 2 })] }),
        new MetricsCollected(9, [new MetricFamily("a", MetricKind.Gauge, "seconds", "of \"it\"", "a{b=\"c\"} 1\n")], Dropped: 2),
    ];

    private static readonly AgentMessage[] FromAgents =
    [
        new Assign(new ReplicaAssignment { Replica = Replica, Socket = "/tmp/s.sock", Args = new JsonObject { ["x"] = 1 }, Settings = Settings, Routes = Routes }),
        new RoutesChanged(Routes), new CheckHealth(1), new Reconfigure(2, Settings), new Drain(long.MaxValue), new CollectMetrics(3), new AskPolicy(4, "{}"),
        new TelemetryChanged(new TelemetrySpec { OtlpEndpoint = "http://collector:4317", TraceSources = ["Shop.*"] }),
    ];

    [Fact]
    public async Task Read_EachMessage_IsWhatWasWritten()
    {
        foreach (var message in FromWorkers)
            await CheckAsync(message);
        foreach (var message in FromAgents)
            await CheckAsync(message);

        static async Task CheckAsync<T>(T message)
            where T : class
        {
            var bytes = LinkCodec.Encode(message);
            var read = await LinkCodec.ReadAsync<T>(new MemoryStream(bytes), CancellationToken.None);
            read!.GetType().ShouldBe(message.GetType());
            LinkCodec.Encode(read).ShouldBe(bytes);
            LinkCodec.Encode(LinkCodec.Read<T>(new MemoryStream(bytes))!).ShouldBe(bytes);
        }
    }

    [Theory]
    [InlineData(typeof(WorkerMessage))]
    [InlineData(typeof(AgentMessage))]
    public void Messages_OfTheFamily_AreAllTestedHere(Type family)
    {
        var derived = family.Assembly.GetTypes().Where(type => type.IsSubclassOf(family) && !type.IsAbstract).ToHashSet();
        family.GetCustomAttributes<JsonDerivedTypeAttribute>().Select(attribute => attribute.DerivedType).ShouldBe(derived, ignoreOrder: true);
        ((object[])[.. FromWorkers, .. FromAgents]).Select(message => message.GetType()).Where(type => type.IsSubclassOf(family)).ToHashSet().ShouldBe(derived, ignoreOrder: true);
    }

    [Fact]
    public async Task Read_SeveralMessages_AreReadOneByOneUntilTheLinkCloses()
    {
        var stream = new MemoryStream([.. FromWorkers.SelectMany(LinkCodec.Encode)]);
        foreach (var message in FromWorkers)
            LinkCodec.Encode(await LinkCodec.ReadAsync<WorkerMessage>(stream, CancellationToken.None)).ShouldBe(LinkCodec.Encode(message));
        (await LinkCodec.ReadAsync<WorkerMessage>(stream, CancellationToken.None)).ShouldBeNull();
        LinkCodec.Read<WorkerMessage>(stream).ShouldBeNull();
    }

    [Fact]
    public async Task Read_CutOffAnywhere_IsTheEndAndNeverAMessage()
    {
        var bytes = LinkCodec.Encode(FromWorkers[0]);
        for (var length = 0; length < bytes.Length; length++)
        {
            var part = new MemoryStream(bytes, 0, length);
            if (length < 4)
                (await LinkCodec.ReadAsync<WorkerMessage>(part, CancellationToken.None)).ShouldBeNull();
            else
                await Should.ThrowAsync<EndOfStreamException>(async () => await LinkCodec.ReadAsync<WorkerMessage>(part, CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("null", typeof(InvalidDataException))]
    [InlineData("{}", typeof(InvalidDataException))]
    [InlineData("""{"id":1}""", typeof(InvalidDataException))]
    [InlineData("""{"type":"unheard"}""", typeof(JsonException))]
    [InlineData("""{"type":"answer","id":"x"}""", typeof(JsonException))]
    [InlineData("""{"type":"hello","replica":"no id","process_id":1}""", typeof(JsonException))]
    [InlineData("no json", typeof(JsonException))]
    [InlineData("", typeof(JsonException))]
    public void Read_BrokenMessage_IsRefusedInAWayThatTheReadersExpect(string json, Type exception) =>
        Should.Throw<Exception>(() => LinkCodec.Read<WorkerMessage>(new MemoryStream(Frame((uint)json.Length, json)))).ShouldBeAssignableTo(exception);

    [Theory]
    [InlineData(LinkCodec.MaxLength + 1)]
    [InlineData(uint.MaxValue)]
    public void Read_LengthOverTheBound_IsRefusedBeforeAnythingIsAllocated(uint length)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<InvalidDataException>(() => LinkCodec.Read<WorkerMessage>(new MemoryStream(Frame(length, "{}")))).Message.ShouldContain(length.ToString());
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public void Encode_MessageOverTheBound_IsRefused() =>
        Should.Throw<InvalidDataException>(() => LinkCodec.Encode<WorkerMessage>(new StartFailed(new string('x', LinkCodec.MaxLength))));

    private static byte[] Frame(uint length, string json)
    {
        var prefix = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(prefix, length);
        return [.. prefix, .. Encoding.UTF8.GetBytes(json)];
    }
}
