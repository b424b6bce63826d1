import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0002_editor'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='post',
            name='dead_links',
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
        migrations.AddField(
            model_name='post',
            name='links_checked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='Blog',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('wordpress', 'WordPress'), ('ghost', 'Ghost')], max_length=9)),
                ('address', models.URLField(max_length=1000)),
                ('user', models.CharField(blank=True, max_length=200)),
                ('sealed_secret', models.TextField(editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blogs', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('created_at', 'id'),
                'constraints': [models.UniqueConstraint(fields=('owner', 'kind', 'address'), name='agents_blog_of_owner')],
            },
        ),
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('remote_id', models.CharField(blank=True, max_length=100)),
                ('changed', models.CharField(blank=True, max_length=60)),
                ('seen', models.JSONField(blank=True, null=True)),
                ('slug', models.CharField(blank=True, max_length=100)),
                ('sent_by', models.CharField(blank=True, max_length=36)),
                ('version', models.PositiveIntegerField(default=0)),
                ('edit_url', models.URLField(blank=True, max_length=2000)),
                ('handed_at', models.DateTimeField(blank=True, null=True)),
                ('blog', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hand_overs', to='agents.blog')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hand_overs', to='agents.post')),
            ],
            options={
                'ordering': ('-handed_at', '-id'),
                'constraints': [models.UniqueConstraint(fields=('post', 'blog'), name='agents_hand_over_once')],
            },
        ),
    ]
