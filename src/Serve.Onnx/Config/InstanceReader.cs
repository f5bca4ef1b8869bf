namespace Serve.Onnx.Config;

/// <summary>Reads an instance group, which may name several GPUs: there is a group for each.</summary>
internal static class InstanceReader
{
    private const int MostInstances = 1024;

    private const int MostDevices = 1024;

    public static IEnumerable<InstanceGroup> Read(MessageReader reader)
    {
        var name = reader.Text("name");
        var count = (int)reader.Number("count", 1, MostInstances, otherwise: 1);
        var gpus = reader.Numbers("gpus", 0, MostDevices);
        var kind = reader.Choice("kind", "KIND_AUTO", "KIND_GPU", "KIND_CPU", "KIND_MODEL") ?? "KIND_AUTO";
        if (kind == "KIND_MODEL")
            reader.Wrong("kind", "KIND_MODEL is not supported: say KIND_CPU, or KIND_GPU with 'gpus'");
        if (kind == "KIND_GPU" && gpus.Count == 0)
            reader.Wrong("kind", "KIND_GPU needs 'gpus', the numbers of the devices, such as gpus: [ 0 ]");
        if (kind == "KIND_CPU" && gpus.Count > 0)
            reader.Wrong("gpus", "don't go with KIND_CPU");
        reader.Refuse("profile", "it is for TensorRT; remove it");
        reader.Refuse("rate_limiter", "instances run as soon as they are free; give fewer of them");
        reader.RefuseTrue("passive", "an instance that never runs would only hold memory");
        reader.Refuse("secondary_devices", "remove it");
        reader.Refuse("host_policy", "the deployment's num_cpus says which share of the machine the model has");
        reader.Finish();
        return gpus.Count == 0
            ? [new InstanceGroup(name, OnnxDevice.Cpu, 0, count) { IsOnUsualDevice = kind == "KIND_AUTO" }]
            : gpus.Select(gpu => new InstanceGroup(name, OnnxDevice.Cuda, (int)gpu, count));
    }
}
