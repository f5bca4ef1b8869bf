using Serve.Server.Node.Resources;
using Serve.Testing;

namespace Serve.Tests.Server.Node.Resources;

/// <summary>What a machine has, read from a folder that looks like its file system.</summary>
public sealed class NodeResourcesTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Of_MachineWithGpus_OffersAllOfThemWithTheirType()
    {
        Write("dev/nvidia0", "");
        Write("dev/nvidia1", "");
        Write("dev/nvidiactl", "");
        Write("dev/nvidia-uvm", "");
        Write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 1\n");
        var resources = NodeResources.Of(new NodeResourceOptions(), Probe());
        resources.GpuDevices.ShouldBe(["0", "1"]);
        resources.Labels["ray.io/accelerator-type"].ShouldBe("H100");
        resources.Custom["accelerator_type:H100"].ShouldBe(1);
    }

    [Theory]
    [InlineData("Model: Tesla V100-SXM2-16GB", "V100")]
    [InlineData("Model:\tNVIDIA A100-SXM4-40GB", "A100")]
    [InlineData("Model: NVIDIA L4", "L4")]
    public void GpuType_DriverFile_IsTheShortName(string text, string type)
    {
        Write("proc/driver/nvidia/gpus/x/information", text);
        Probe().GpuType().ShouldBe(type);
    }

    [Theory]
    [InlineData("2,3", "2 3")]
    [InlineData("GPU-8932f937, GPU-1", "GPU-8932f937 GPU-1")]
    [InlineData("", "")]
    [InlineData("-1", "")]
    [InlineData("1,-1,2", "1")]
    public void GpuDevices_ServerWasGivenSome_OffersOnlyThose(string visible, string devices)
    {
        Write("dev/nvidia0", "");
        string.Join(' ', Probe(visible).GpuDevices()).ShouldBe(devices);
    }

    [Fact]
    public void Of_NoGpu_HasNoAcceleratorType()
    {
        var resources = NodeResources.Of(new NodeResourceOptions(), Probe());
        resources.GpuDevices.ShouldBeEmpty();
        resources.Custom.ShouldBeEmpty();
        resources.Labels.ShouldBeEmpty();
    }

    [Fact]
    public void Of_Options_WinOverTheMachine()
    {
        Write("dev/nvidia0", "");
        var options = new NodeResourceOptions
        {
            Cpus = 3.5,
            Gpus = 4,
            MemoryBytes = 7,
            Custom = new Dictionary<string, double> { ["tpu"] = 2 },
            Labels = new Dictionary<string, string> { ["ray.io/accelerator-type"] = "T4", ["zone"] = "a" },
        };
        var resources = NodeResources.Of(options, Probe());
        (resources.Cpus, resources.MemoryBytes).ShouldBe((3.5, 7));
        resources.GpuDevices.ShouldBe(["0", "1", "2", "3"]);
        resources.Custom.ShouldBe(new Dictionary<string, double> { ["tpu"] = 2, ["accelerator_type:T4"] = 1 }, ignoreOrder: true);
        resources.Labels["zone"].ShouldBe("a");
        NodeResources.Of(new NodeResourceOptions { Gpus = 1 }, Probe("5,6")).GpuDevices.ShouldBe(["5"]);
    }

    [Fact]
    public void Of_MoreGpusThanTheServerWasGiven_IsAnError() =>
        Should.Throw<InvalidOperationException>(() => NodeResources.Of(new NodeResourceOptions { Gpus = 3 }, Probe("5,6")))
            .Message.ShouldBe("--num-gpus is 3, but CUDA_VISIBLE_DEVICES is '5,6', which leaves 2; change one of them.");

    [Fact]
    public void MemoryBytes_ContainerHasLess_IsTheContainers()
    {
        Write("proc/meminfo", "MemTotal:       16 kB\nMemFree:  1 kB\n");
        Probe().MemoryBytes().ShouldBe(16 * 1024);
        Write("sys/fs/cgroup/memory.max", "max\n");
        Probe().MemoryBytes().ShouldBe(16 * 1024);
        Write("sys/fs/cgroup/memory.max", "4096\n");
        Probe().MemoryBytes().ShouldBe(4096);
    }

    private MachineProbe Probe(string? visible = null) => new(_root.Path, visible);

    private void Write(string path, string text)
    {
        var full = Path.Combine(_root.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
